// Hosts on both formats of the built package, one after the other: node optional-peers.mjs '[{ "without", "options",
// "settings" }]'. Each lacks some packages. Its module has these options, and its settings come from a factory if there
// are any. It asks its agent something. Writes as a JSON list what each was answered, how its sessions are and which
// lifecycle events it heard, or why it did not start: on ES modules, then on CommonJS.
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';

import { formats } from './absent-packages.mjs';

const hosts = JSON.parse(process.argv[2]);
const outcomes = [];
for (const load of formats) {
  for (const host of hosts) outcomes.push(await outcomeOf(host, load));
}
process.stdout.write(JSON.stringify(outcomes));
// What a start that failed has opened would keep the process; nothing else does.
if (outcomes.every(({ name }) => name)) process.exit();

async function outcomeOf(host, load) {
  const built = await load(host.without);
  const emitter = await import('@nestjs/event-emitter').catch(() => undefined);
  try {
    return await use(built, await start(built, host, emitter), emitter);
  } catch ({ name, message, option }) {
    return { name, message, option };
  }
}

function start({ SessionsModule, entities, migrations }, { options, settings }, emitter) {
  const structure = { agent: ({ message }) => `You said: ${message.content}`, ...options };

  class HostModule {}

  return NestFactory.createApplicationContext(
    {
      module: HostModule,
      imports: [
        ...(emitter ? [emitter.EventEmitterModule.forRoot()] : []),
        TypeOrmModule.forRoot({
          type: 'better-sqlite3',
          database: ':memory:',
          entities,
          migrations,
          migrationsRun: true,
        }),
        settings
          ? SessionsModule.forRootAsync({ ...structure, useFactory: () => settings })
          : SessionsModule.forRoot(structure),
      ],
    },
    { logger: ['error', 'warn'], abortOnError: false },
  );
}

async function use({ SessionsService, SessionsHealthIndicator }, app, emitter) {
  const events = [];
  if (emitter) app.get(emitter.EventEmitter2).onAny((name) => events.push(name));
  const sessions = app.get(SessionsService, { strict: false });
  const { session_id: id } = await sessions.create();
  await sessions.send(id, { content: 'hello' });
  const { response } = await sessions.get(id, { wait: true });
  const health = await app.get(SessionsHealthIndicator, { strict: false }).isHealthy('sessions');
  await app.close();
  return { answer: response.content, health: health.sessions.status, events };
}
