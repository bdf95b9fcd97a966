import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { SessionsService } from 'nestjs-agent-sessions';

import { OrdersService } from '../../examples/tested-app/orders.service.js';
import { createTestingApp } from '../../examples/tested-app/testing-app.js';
import { Gate } from '../support/gate.js';

describe('the example of an application under test', () => {
  const busy = new Gate();
  let app: INestApplication;
  let sessions: SessionsService;
  beforeAll(async () => {
    app = await createTestingApp({
      async runTurn({ message }) {
        if (message.content === 'slow') await busy.opened;
        return `Noted: ${message.content ?? ''}`;
      },
    });
    sessions = app.get(SessionsService, { strict: false });
  });
  afterAll(() => app.close());

  it('runs without PostgreSQL, Redis and the agent’s model', async () => {
    const { session_id: id } = await sessions.create();
    await app.get(OrdersService, { strict: false }).place(id, 'tea');
    expect(await sessions.get(id, { wait: true })).toMatchObject({
      response: { content: 'Noted: Order 1: tea' },
    });
  });

  it('waits for a busy session outside of its transaction', async () => {
    const orders = app.get(OrdersService, { strict: false });
    const { session_id: id } = await sessions.create();
    await sessions.send(id, { content: 'slow' });
    await expect(orders.place(id, 'milk')).rejects.toMatchObject({ code: 'session_busy' });
    const placed = orders.placeWhenIdle(id, 'milk');
    busy.open();
    const order = await placed;
    expect(await sessions.get(id, { wait: true })).toMatchObject({
      response: { content: `Noted: Order ${order.id}: milk` },
    });
  });
});
