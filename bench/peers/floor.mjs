// The floor: a minimal durable server with the same contract on the same components (Express, pg, Bull), without a
// framework, validation or recovery. node floor.mjs --port N --database URL --redis URL
import Bull from 'bull';
import express from 'express';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { parseArgs } from 'node:util';
import pg from 'pg';

import agent from '../agent.mjs';

const option = { type: 'string' };
const { values: options } = parseArgs({ options: { port: option, database: option, redis: option } });

const pool = new pg.Pool({ connectionString: options.database, max: 20 });
await pool.query(`
  CREATE TABLE s (id uuid PRIMARY KEY, status text, n int DEFAULT 0, response text);
  CREATE TABLE t (id uuid PRIMARY KEY, sid uuid, input text, status text);
  CREATE TABLE m (sid uuid, pos int, role text, content text, PRIMARY KEY (sid, pos))`);

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

const queue = new Bull('floor', options.redis);
const done = new EventEmitter().setMaxListeners(0);

queue.process(32, async ({ data: { turn, session } }) => {
  const { rows: inputs } = await pool.query('SELECT input FROM t WHERE id = $1', [turn]);
  const { rows: history } = await pool.query('SELECT role, content FROM m WHERE sid = $1 ORDER BY pos', [
    session,
  ]);
  const message = { role: 'user', content: inputs[0].input };
  const answer = await agent({ message, history });
  await transaction(async (connection) => {
    const { rows } = await connection.query(
      `UPDATE s SET status = 'idle', response = $2, n = n + 2 WHERE id = $1 RETURNING n`,
      [session, answer],
    );
    await connection.query('INSERT INTO m VALUES ($1, $2, $3, $4), ($1, $5, $6, $7)', [
      ...[session, rows[0].n - 2, 'user', message.content],
      ...[rows[0].n - 1, 'assistant', answer],
    ]);
    await connection.query(`UPDATE t SET status = 'completed' WHERE id = $1`, [turn]);
  });
  done.emit(session);
});

const app = express();
app.use(express.json());

app.post('/sessions', async (_request, response) => {
  const id = randomUUID();
  await pool.query(`INSERT INTO s VALUES ($1, 'idle')`, [id]);
  response.status(201).json({ session_id: id });
});

app.post('/sessions/:id/messages', async ({ params: { id }, body }, response) => {
  const turn = randomUUID();
  const accepted = await transaction(async (connection) => {
    const { rowCount } = await connection.query(
      `UPDATE s SET status = 'running', response = NULL WHERE id = $1 AND status = 'idle'`,
      [id],
    );
    if (rowCount === 0) return false;
    await connection.query(`INSERT INTO t VALUES ($1, $2, $3, 'queued')`, [turn, id, body.content]);
    return true;
  });
  if (!accepted) return response.status(409).end();
  await queue.add({ turn, session: id }, { removeOnComplete: true });
  response.status(202).json({ session_id: id, status: 'running' });
});

app.get('/sessions/:id', async ({ params: { id } }, response) => {
  let wake;
  const woken = new Promise((resolve) => done.once(id, (wake = resolve)));
  const read = async () => (await pool.query('SELECT status, response FROM s WHERE id = $1', [id])).rows[0];
  let session = await read();
  if (session.status === 'running') {
    await woken;
    session = await read();
  } else {
    done.off(id, wake);
  }
  response.json({
    session_id: id,
    status: session.status,
    response: { role: 'assistant', content: session.response },
  });
});

app.listen(Number(options.port), '127.0.0.1');
