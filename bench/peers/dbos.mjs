// The same contract on DBOS Transact: a turn is a workflow whose steps read and write the history.
import { DBOS } from '@dbos-inc/dbos-sdk';
import express from 'express';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { parseArgs } from 'node:util';
import pg from 'pg';

import agent from '../agent.mjs';

const option = { type: 'string' };
const { values: options } = parseArgs({ options: { port: option, database: option } });

const pool = new pg.Pool({ connectionString: options.database, max: 20 });
await pool.query(`
  CREATE TABLE ds (id uuid PRIMARY KEY, status text, n int DEFAULT 0, response text, workflow text);
  CREATE TABLE dm (sid uuid, pos int, role text, content text, PRIMARY KEY (sid, pos))`);

async function transaction(work) {
  const connection = await pool.connect();
  try {
    await connection.query('BEGIN');
    const result = await work(connection);
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  } finally {
    connection.release();
  }
}

async function readHistory(session) {
  return (await pool.query('SELECT role, content FROM dm WHERE sid = $1 ORDER BY pos', [session])).rows;
}

async function save(session, content, answer) {
  await transaction(async (connection) => {
    const { rows } = await connection.query(
      `UPDATE ds SET status = 'idle', response = $2, n = n + 2 WHERE id = $1 RETURNING n`,
      [session, answer],
    );
    await connection.query(
      'INSERT INTO dm VALUES ($1, $2, $3, $4), ($1, $5, $6, $7) ON CONFLICT DO NOTHING',
      [...[session, rows[0].n - 2, 'user', content], ...[rows[0].n - 1, 'assistant', answer]],
    );
  });
}

/** Sessions that wait for an answer, for long polls of this process: its best case. */
const asked = new EventEmitter().setMaxListeners(0);

async function ask(session) {
  await pool.query(`UPDATE ds SET status = 'interrupted' WHERE id = $1`, [session]);
  asked.emit(session);
}

const turn = DBOS.registerWorkflow(
  async (session, content) => {
    // Only the number of messages is the step's recorded result, so that the history is not stored twice.
    let history = [];
    await DBOS.runStep(async () => (history = await readHistory(session)).length, { name: 'history' });
    const step = (name, run) => DBOS.runStep(run, { name });
    const interrupt = async () => {
      await step('ask', () => ask(session));
      return DBOS.recv('answer', 60);
    };
    const answer = await agent({ message: { role: 'user', content }, history, step, interrupt });
    await DBOS.runStep(() => save(session, content, answer), { name: 'save' });
    return answer;
  },
  { name: 'turn' },
);

DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: options.database,
  systemDatabasePoolSize: 20,
  logLevel: 'error',
  runAdminServer: false,
});
await DBOS.launch();

/** Its best case: the handle of the same process. A retrieved handle would poll once a second. */
const handles = new Map();
const app = express();
app.use(express.json());

app.post('/sessions', async (_request, response) => {
  const id = randomUUID();
  await pool.query(`INSERT INTO ds VALUES ($1, 'idle')`, [id]);
  response.status(201).json({ session_id: id });
});

app.post('/sessions/:id/messages', async ({ params: { id }, body }, response) => {
  const workflowID = randomUUID();
  const { rowCount } = await pool.query(
    `UPDATE ds SET status = 'running', response = NULL, workflow = $2 WHERE id = $1 AND status = 'idle'`,
    [id, workflowID],
  );
  if (rowCount === 0) return response.status(409).end();
  handles.set(workflowID, await DBOS.startWorkflow(turn, { workflowID })(id, body.content));
  response.status(202).json({ session_id: id, status: 'running' });
});

app.post('/sessions/:id/resume', async ({ params: { id }, body }, response) => {
  const { rows } = await pool.query(
    `UPDATE ds SET status = 'running' WHERE id = $1 AND status = 'interrupted' RETURNING workflow`,
    [id],
  );
  if (rows.length === 0) return response.status(409).end();
  await DBOS.send(rows[0].workflow, body.value, 'answer');
  response.json({ session_id: id, status: 'running' });
});

app.get('/sessions/:id', async ({ params: { id } }, response) => {
  const read = async () =>
    (await pool.query('SELECT status, response, workflow FROM ds WHERE id = $1', [id])).rows[0];
  let session = await read();
  if (session.status === 'running') {
    const isAsked = new Promise((resolve) => asked.once(id, resolve));
    // The question may have come since the read.
    session = await read();
    if (session.status === 'running') {
      await Promise.race([handles.get(session.workflow).getResult(), isAsked]);
      session = await read();
    }
    asked.removeAllListeners(id);
  }
  if (session.status !== 'interrupted') handles.delete(session.workflow);
  response.json({
    session_id: id,
    status: session.status,
    interrupts: session.status === 'interrupted' ? [{ interrupt_id: 'answer' }] : null,
    response: { role: 'assistant', content: session.response },
  });
});

app.listen(Number(options.port), '127.0.0.1');
