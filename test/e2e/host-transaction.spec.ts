import { beforeEach, describe, expect, it } from '@jest/globals';

import { SessionBusyException, SessionNotFoundException } from '../../src/index.js';
import { Gate } from '../support/gate.js';
import { ChangedItsMind, HostOrders } from '../support/host-orders.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

describe.each(expressStacks)('a transaction of the host on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  const orders = new HostOrders(app);
  let id: string;

  beforeEach(async () => {
    await orders.clear();
    id = await app.client.newSession();
  });

  it('commits an order and its message together, and the message is answered', async () => {
    await app.dataSource.transaction(async (manager) => {
      await orders.place(manager);
      const accepted = await app.sessions.send(id, { content: 'ordered' }, { manager });
      expect(accepted).toMatchObject({ session_id: id, status: 'running' });
    });
    expect(await orders.items()).toHaveLength(1);
    expect(await app.client.settled(id)).toMatchObject({ response: { content: 'You said: ordered' } });
  });

  it('rolls both back together', async () => {
    let ran = false;
    const content = agent.does(() => {
      ran = true;
      return '';
    });
    const changed = app.dataSource.transaction(async (manager) => {
      await orders.place(manager);
      await app.sessions.send(id, { content }, { manager });
      throw new ChangedItsMind();
    });
    await expect(changed).rejects.toThrow(ChangedItsMind);
    expect(await orders.items()).toHaveLength(0);
    expect((await app.client.get(id)).body.status).toBe('idle');
    expect((await app.client.turns(id)).body).toEqual([]);
    expect(await app.client.ask(id, 'next')).toMatchObject({ response: { content: 'You said: next' } });
    expect(ran).toBe(false);
  });

  it('lists the sessions that it has created, which others do not see yet', async () => {
    await app.dataSource.transaction(async (manager) => {
      const { session_id } = await app.sessions.create({}, { owner: 'lister', manager });
      const within = await app.sessions.list({}, { owner: 'lister', manager });
      expect(within).toMatchObject([{ session_id }]);
      const { sessions } = await app.sessions.page({ limit: 1 }, { owner: 'lister', manager });
      expect(sessions).toMatchObject([{ session_id }]);
    });
  });

  it('continues after a message was refused in it', async () => {
    const held = agent.holds();
    await app.client.send(id, held.content);
    await app.dataSource.transaction(async (manager) => {
      await expect(app.sessions.send(id, { content: 'x' }, { manager })).rejects.toThrow(
        SessionBusyException,
      );
      await expect(app.sessions.send('no-id', {}, { manager })).rejects.toThrow(SessionNotFoundException);
      await orders.place(manager);
    });
    expect(await orders.items()).toHaveLength(1);
    held.answer('');
    await app.client.settled(id);
  });

  it('creates, reads, cancels and deletes sessions', async () => {
    const [kept, dropped, doomed] = await app.dataSource.transaction(async (manager) => {
      const created = await app.sessions.create({ state: [{ role: 'user', content: 'x' }] }, { manager });
      expect(await app.sessions.messages(created.session_id, { manager })).toHaveLength(1);
      const sent = await app.sessions.send(created.session_id, {}, { manager });
      expect(await app.sessions.turns(created.session_id, { manager })).toMatchObject([
        { turn_id: sent.turn_id },
      ]);
      expect(await app.sessions.cancel(created.session_id, {}, { manager })).toMatchObject({
        status: 'error',
      });
      const other = await app.sessions.create({}, { manager });
      await app.sessions.delete(other.session_id, { manager });
      await app.sessions.delete(id, { manager });
      return [created.session_id, other.session_id, id] as const;
    });
    expect((await app.client.get(kept)).body).toMatchObject({
      status: 'error',
      error: 'Turn cancelled',
    });
    expect((await app.client.get(dropped)).status).toBe(404);
    expect((await app.client.get(doomed)).status).toBe(404);
  });

  it('rolls back a deletion and a cancel', async () => {
    const held = agent.holds();
    await app.client.send(id, held.content);
    await held.started;
    const other = await app.client.newSession();
    const changed = app.dataSource.transaction(async (manager) => {
      await app.sessions.cancel(id, {}, { manager });
      await app.sessions.delete(other, { manager });
      throw new ChangedItsMind();
    });
    await expect(changed).rejects.toThrow(ChangedItsMind);
    expect((await app.client.get(other)).status).toBe(200);
    held.answer('still here');
    expect(await app.client.settled(id)).toMatchObject({ response: { content: 'still here' } });
  });

  it('that rolls back does not undo another client’s message', async () => {
    const neighbour = await app.client.newSession();
    const begun = new Gate();
    const end = new Gate();
    const changed = app.dataSource.transaction(async (manager) => {
      await orders.place(manager);
      await app.sessions.send(id, { content: 'gone' }, { manager });
      begun.open();
      await end.opened;
      throw new ChangedItsMind();
    });
    await begun.opened;
    const sent = app.client.send(neighbour, 'kept');
    const created = app.client.create();
    // On SQLite the other request waits for the transaction, on PostgreSQL it does not.
    await Promise.race([sent, app.client.get('no-session').then(() => undefined)]);
    end.open();
    await expect(changed).rejects.toThrow(ChangedItsMind);
    expect((await sent).status).toBe(202);
    expect(await app.client.settled(neighbour)).toMatchObject({ response: { content: 'You said: kept' } });
    expect((await app.client.get((await created).body.session_id)).status).toBe(200);
    expect((await app.client.turns(id)).body).toEqual([]);
    expect(await orders.items()).toHaveLength(0);
  });

  it('that stays open delays its session’s messages for two seconds, then they get try_again', async () => {
    const begun = new Gate();
    const end = new Gate();
    const holding = app.dataSource.transaction(async (manager) => {
      await app.sessions.send(id, { content: 'first' }, { manager });
      begun.open();
      await end.opened;
    });
    await begun.opened;
    expect(await app.client.send(id, 'second')).toMatchObject({ status: 503, body: { code: 'try_again' } });
    end.open();
    await holding;
    expect(await app.client.settled(id)).toMatchObject({ response: { content: 'You said: first' } });
  });
});
