import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import type { TestDatabase } from '../support/database.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { createMigratedDatabase } from '../support/migrated-databases.js';
import { until } from '../support/until.js';
import { agentFile, redisOfItsOwn } from './command.js';

/** An agent that does what the message says, and then waits. */
const SOURCE = `
import { setTimeout as delay } from 'node:timers/promises';
const acts = {
  throws: () => setTimeout(() => { throw new Error('thrown by a timer'); }, 10),
  rejects: () => void Promise.reject(new Error('a forgotten promise')),
  emits: () => setImmediate(() => { throw null; }),
};
const run = async ({ message, attempt, signal }) => {
  const [act, milliseconds = '60000'] = message.content.split(' ');
  acts[act]?.();
  await delay(Number(milliseconds), undefined, { signal });
  return 'attempt ' + attempt;
};
`;

const ofFunction = `${SOURCE} export default run;`;

/** What else an agent's file may export. */
const forms: { form: string; source: string }[] = [
  { form: 'object', source: `${SOURCE} export default { runTurn(turn) { return run(turn, this.x); } };` },
  {
    form: 'class',
    source: `${SOURCE} export default class { run = run; runTurn(turn) { return this.run(turn); } }`,
  },
];

describe.each([
  { name: 'SQLite', isEmbedded: true },
  { name: 'PostgreSQL and Redis', isEmbedded: false },
])('an uncaught error of the agent, on $name,', ({ isEmbedded }) => {
  let folder: TemporaryFolder;
  let database: TestDatabase | undefined;
  let args: string[];
  let server: Server;
  let client: SessionsClient;

  beforeEach(async () => {
    folder = await temporaryFolder();
    database = isEmbedded ? undefined : await createMigratedDatabase();
    args = database ? ['--no-migrations', '--database', database.url, '--redis', redisOfItsOwn()] : [];
  });
  afterEach(async () => {
    await server.kill();
    await database?.drop();
    await folder.remove();
  });

  async function start(source: string, shutdownTimeout: number): Promise<void> {
    const file = await agentFile(folder.path, source);
    const more = ['--shutdown-timeout', String(shutdownTimeout)];
    server = await startServer([file, ...args, ...more], { cwd: folder.path });
    client = new SessionsClient(server.url);
  }

  async function begin(content: string): Promise<string> {
    const id = await client.newSession();
    await client.send(id, content);
    await until(async () => (await client.turns(id)).body[0]?.status === 'running', {
      what: 'the turn to run',
    });
    return id;
  }

  const exited = () => until(() => server.process.exitCode !== null, { what: 'the server to end' });
  const last = async (id: string) => (await client.turns(id)).body[0];

  it('ends only its turn; other turns finish or move to another process', async () => {
    await start(ofFunction, 3);
    const quick = await begin('waits 1500');
    const slow = await begin('waits 20000');
    const id = await client.newSession();
    const { body } = await client.send(id, 'throws');
    const { turn_id } = body as { turn_id: string };
    await exited();
    expect(server.process.exitCode).toBe(1);
    expect(server.stdout() + server.stderr()).toContain(
      `Uncaught error of session ${id}, turn ${turn_id}: Error: thrown by a timer`,
    );

    await start(ofFunction.replace('60000', '1').replace('Number(milliseconds)', '1'), 0);
    expect(await last(quick)).toMatchObject({ status: 'completed', attempt: 1 });
    expect(await last(id)).toMatchObject({ status: 'failed', error: 'thrown by a timer', attempt: 1 });
    expect(await client.settled(slow)).toMatchObject({ response: { content: 'attempt 2' } });
    expect(await server.stop()).toBe(0);
  });

  // Neither the form of the agent nor that of its error has anything to do with the database.
  if (!isEmbedded) return;

  it.each(forms)('of a $form ends its turn', async ({ source }) => {
    await start(source, 0);
    const id = await client.newSession();
    await client.send(id, 'throws');
    await exited();
    expect(server.process.exitCode).toBe(1);
    expect(server.stdout() + server.stderr()).toMatch(
      new RegExp(`Uncaught error of session ${id}, turn \\S+: Error: thrown by a timer`),
    );
  });

  it('may be a value that is not an Error', async () => {
    await start(ofFunction, 1);
    await client.send(await client.newSession(), 'emits 20000');
    await exited();
    expect(server.process.exitCode).toBe(1);
    expect(server.stderr()).toMatch(/Uncaught error of session \S+, turn \S+: null/);
  });

  it('that is an unhandled rejection is only logged', async () => {
    await start(ofFunction, 0);
    const id = await client.newSession();
    expect(await client.ask(id, 'rejects 300')).toMatchObject({ response: { content: 'attempt 1' } });
    expect(server.stderr()).toMatch(/Unhandled rejection.*a forgotten promise/);
    expect(await server.stop()).toBe(0);
  });
});
