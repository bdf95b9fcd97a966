// Hosts on both halves of the built package, one after the other: `node optional-peers.mjs '[{ "options",
// "settings" }]'`. The module of each has these options, and its settings come from a factory if there are any. It asks
// its agent something. Writes as a JSON list what each was answered, how its sessions are and which lifecycle events it
// heard, or why it did not start.
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';

const [given] = process.argv.slice(2);
const emitter = await import('@nestjs/event-emitter').catch(() => undefined);

const outcomes = [];
for (const half of ['esm', 'cjs']) {
  const built = await import(`../../dist/${half}/index.js`);
  for (const host of JSON.parse(given)) outcomes.push(await outcomeOf(built, host));
}
process.stdout.write(JSON.stringify(outcomes));
// What a start that failed has opened would keep the process; nothing else does.
if (outcomes.every(({ name }) => name)) process.exit();

async function outcomeOf(built, host) {
  try {
    return await use(built, await start(built, host));
  } catch ({ name, message, option }) {
    return { name, message, option };
  }
}

function start({ SessionsModule, entities, migrations }, { options, settings }) {
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

async function use({ SessionsService, SessionsHealthIndicator }, app) {
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
