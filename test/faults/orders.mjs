// A host's own data: orders, each stored in one transaction with a message about it.
import { setTimeout as delay } from 'node:timers/promises';

import { SessionsService } from '../../dist/esm/index.js';

/**
 * Adds `POST /orders/{session}/{item}`, which kills the process right before or after the commit if the query
 * contains `?dies=before-commit` or `after-commit`, and `GET /orders`.
 */
export async function takeOrders(app, dataSource) {
  // Of processes that start at the same time, one creates it.
  await dataSource.query('CREATE TABLE IF NOT EXISTS host_order (item varchar)').catch(() => undefined);
  const sessions = app.get(SessionsService, { strict: false });
  let dies;
  // Runs before the module's own subscriber, so that nothing else has happened since the commit.
  dataSource.subscribers.push({
    afterTransactionCommit() {
      if (dies === 'after-commit') die();
    },
  });
  const http = app.getHttpAdapter();
  http.post('/orders/:session/:item', async ({ params, query }, response) => {
    const { session, item } = params;
    try {
      await dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO host_order (item) VALUES ('${item}')`);
        await sessions.send(session, { content: item }, { manager });
        // Other work of a host, and time in which it may be killed.
        await delay(20);
        dies = query.dies;
        if (dies === 'before-commit') die();
      });
      response.status(201).json({ item });
    } catch (error) {
      response.status(503).json({ problem: error.message });
    }
  });
  http.get('/orders', async (_request, response) => {
    const orders = await dataSource.query('SELECT item FROM host_order');
    response.json(orders.map(({ item }) => item));
  });
}

function die() {
  process.kill(process.pid, 'SIGKILL');
}
