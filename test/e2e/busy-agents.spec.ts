import { afterAll, describe, expect, it } from '@jest/globals';

import { stacks, useApp } from '../support/stacks.js';
import { TimingClient } from '../support/timed-request.js';

const BUSY_MS = 1_000;

describe.each(stacks)('an agent that blocks before its first await, on $name', (stack) => {
  let calls = 0;
  const app = useApp(stack, {
    agent: async () => {
      calls++;
      const until = performance.now() + BUSY_MS;
      while (performance.now() < until);
      await Promise.resolve();
      return 'computed';
    },
  });
  const client = new TimingClient();
  afterAll(() => client.close());

  it('does not delay the 202 of its own message', async () => {
    const id = await app.client.newSession();
    // The first request of a thread takes longer and is not measured.
    await client.post(`${app.url}/sessions`, {});
    const { status, milliseconds } = await client.post(`${app.url}/sessions/${id}/messages`, {
      content: 'x',
    });
    expect(status).toBe(202);
    expect(milliseconds).toBeLessThan(BUSY_MS / 2);
    expect(await app.client.settled(id)).toMatchObject({ response: { content: 'computed' } });
    expect(calls).toBe(1);
  });
});
