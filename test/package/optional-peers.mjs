// A host on one build of the package: `node optional-peers.mjs esm|cjs`. It sends a message and writes the answer,
// the sessions and the received lifecycle events, as JSON.
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';

const { SessionsModule, SessionsService, SessionsHealthIndicator, entities, migrations } = await import(
  `../../dist/${process.argv[2]}/index.js`
);
const emitter = await import('@nestjs/event-emitter').catch(() => undefined);

class HostModule {}

const app = await NestFactory.createApplicationContext(
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
      SessionsModule.forRoot({ agent: ({ message }) => `You said: ${message.content}`, queue: 'in-process' }),
    ],
  },
  { logger: ['error', 'warn'] },
);
const events = [];
if (emitter) app.get(emitter.EventEmitter2).onAny((name) => events.push(name));
const sessions = app.get(SessionsService, { strict: false });
const { session_id: id } = await sessions.create();
await sessions.send(id, { content: 'hello' });
const { response } = await sessions.get(id, { wait: true });
const health = await app.get(SessionsHealthIndicator, { strict: false }).isHealthy('sessions');
await app.close();
process.stdout.write(JSON.stringify({ answer: response.content, health: health.sessions.status, events }));
