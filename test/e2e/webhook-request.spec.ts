import { beforeEach, describe, expect, it } from '@jest/globals';

import type { Turn } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

describe.each(expressStacks)('the webhook of a message on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  let id: string;
  beforeEach(async () => (id = await app.client.newSession()));

  it.each([['http://127.0.0.1:9/hook'], ['https://example.invalid/hook?tenant=1']])(
    'may have the URL %s',
    async (url) => {
      const webhook = { url, token: null, include_messages: true };
      expect(await app.client.send(id, { content: 'hello', webhook })).toMatchObject({ status: 202 });
      await app.client.settled(id);
    },
  );

  it.each(['', 'plain', 'a b\tc', 'é~ÿ'])('may have the token %j', async (token) => {
    const webhook = { url: 'http://127.0.0.1:9/hook', token };
    expect(await app.client.send(id, { content: 'hello', webhook })).toMatchObject({ status: 202 });
  });

  it.each([
    ['http://x', 'webhook'],
    [[], 'webhook'],
    [{}, 'webhook.url'],
    [{ url: null }, 'webhook.url'],
    [{ url: '' }, 'webhook.url'],
    [{ url: '/relative' }, 'webhook.url'],
    [{ url: 'ftp://example.com' }, 'webhook.url'],
    [{ url: 'javascript:alert(1)' }, 'webhook.url'],
    [{ url: ['https://example.com'] }, 'webhook.url'],
    [{ url: `https://example.com/${'x'.repeat(3_000)}` }, 'webhook.url'],
    [{ url: 'https://example.com', token: 5 }, 'webhook.token'],
    [{ url: 'https://example.com', token: 'two\nlines' }, 'webhook.token'],
    [{ url: 'https://example.com', token: 'a\r\nX-Admin: yes' }, 'webhook.token'],
    [{ url: 'https://example.com', token: 'no\u0000thing' }, 'webhook'],
    [{ url: 'https://example.com', token: 'delete\u007f' }, 'webhook.token'],
    [{ url: 'https://example.com', token: 'snow ☃' }, 'webhook.token'],
    [{ url: 'https://%zz@example.com' }, 'webhook.url'],
    [{ url: 'https://example.com', include_messages: 'yes' }, 'webhook.include_messages'],
  ])('is refused with a message that names the field (%#)', async (webhook, field) => {
    const { status, body } = await app.client.request('POST', `/sessions/${id}/messages`, {
      json: { content: 'hello', webhook },
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: 'validation_failed',
      message: expect.arrayContaining([expect.stringMatching(new RegExp(`^${field}\\b`))]),
    });
  });

  it('is hidden from the agent and from every response, above all its token', async () => {
    let turn: Turn | undefined;
    const content = agent.does((given) => {
      turn = given;
      return 'ok';
    });
    const webhook = { url: 'https://example.invalid/hook', token: 'planted-secret' };
    const answers: unknown[] = [
      await app.client.send(id, { content, webhook }),
      await app.client.settled(id),
    ];
    answers.push(await app.client.messages(id), await app.client.turns(id));
    expect(turn?.message).toEqual({ role: 'user', content });
    expect(JSON.stringify(answers)).not.toMatch(/planted-secret|example\.invalid/);
  });
});
