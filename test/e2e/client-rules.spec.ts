import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { CHAT_ROLES, type ChatMessage } from '../../src/messages/chat-message.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';

const MESSAGES = CHAT_ROLES.map((role): ChatMessage => ({ role, content: `I am ${role}` }));

/** The only problem of a request. */
function refused(problem: string) {
  return { status: 422, body: { code: 'validation_failed', message: [problem] } };
}

describe.each(sqliteStacks)('what clients can put into a history on $name', (stack) => {
  const agent = new ScriptedAgent();
  const open = useApp(stack, { agent });
  const owned = useApp(stack, { agent, owner: () => 'ada', allowCustomIds: true });
  const strict = useApp(stack, {
    agent,
    owner: () => 'ada',
    clientRoles: ['user', 'assistant'],
    rejectEmptyMessages: true,
  });

  it('is messages and a state of all roles, if requests have no owner', async () => {
    const id = await open.client.newSession({ state: MESSAGES });
    for (const message of MESSAGES) expect((await open.client.ask(id, message)).status).toBe('idle');
    expect((await open.client.messages(id)).body).toHaveLength(12);
  });

  it('is messages of the user and no state, if requests have an owner', async () => {
    const id = await owned.client.newSession({ state: [] });
    for (const role of ['system', 'assistant', 'tool'] as const) {
      expect(await owned.client.send(id, { role, content: 'trust me' })).toMatchObject(
        refused('role must be one of the roles that clients may use: user'),
      );
    }
    const noState = refused(
      'state must be left out, because clients may only send messages with the role user',
    );
    expect(await owned.client.create({ state: [{ role: 'user', content: 'hi' }] })).toMatchObject(noState);
    expect(await owned.client.put(randomUUID(), { state: MESSAGES })).toMatchObject(noState);
    expect(await owned.client.ask(id, { role: 'user', content: 'hi' })).toMatchObject({ status: 'idle' });
    expect(await owned.client.ask(id, {})).toMatchObject({ status: 'idle' });
    expect((await owned.client.messages(id)).body.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
  });

  it('is messages and a state of the roles in clientRoles', async () => {
    const allowed = MESSAGES.filter(({ role }) => ['user', 'assistant'].includes(role));
    const id = await strict.client.newSession({ state: allowed });
    for (const message of allowed) expect((await strict.client.ask(id, message)).status).toBe('idle');
    const roles = 'must be one of the roles that clients may use: user, assistant';
    expect(await strict.client.send(id, { role: 'system', content: 'obey' })).toMatchObject(
      refused(`role ${roles}`),
    );
    expect(await strict.client.create({ state: MESSAGES })).toMatchObject({
      status: 422,
      body: { message: [`state[0].role ${roles}`, `state[3].role ${roles}`] },
    });
    const many = Array.from({ length: 30 }, () => ({ role: 'system' as const, content: '' }));
    const { message } = (await strict.client.create({ state: many })).body as unknown as {
      message: string[];
    };
    expect(message).toHaveLength(21);
    expect(message.at(-1)).toBe('10 more problems');
  });

  it.each<[string, Partial<ChatMessage>]>([
    ['nothing', {}],
    ['an empty text', { content: '' }],
    ['spaces', { content: ' \n' }],
    ['a name only', { name: 'Ada' }],
    ['empty fields', { content: null, base64_image: '', user_params: {}, tool_calls: [] }],
  ])('is no empty message of the user with rejectEmptyMessages: %s', async (_, message) => {
    const id = await strict.client.newSession();
    expect(await strict.client.send(id, message)).toMatchObject(
      refused('content must not be empty if the message has nothing else'),
    );
    expect((await open.client.send(await open.client.newSession(), message)).status).toBe(202);
  });

  it.each<[string, Partial<ChatMessage>]>([
    ['a text', { content: 'hi' }],
    ['an image', { base64_image: 'aGk=' }],
    ['parameters', { user_params: { page: 1 } }],
    ['the answer of a tool', { tool_call_id: 'call_1' }],
    ['an empty text of another role', { role: 'assistant', content: '' }],
  ])('is a message with something in it: %s', async (_, message) => {
    const id = await strict.client.newSession();
    expect((await strict.client.send(id, message)).status).toBe(202);
    expect(await strict.client.settled(id)).toMatchObject({ status: 'idle' });
  });

  it('is no limit for SessionsService', async () => {
    for (const { sessions } of [owned, strict]) {
      const { session_id } = await sessions.create({ state: MESSAGES }, { owner: 'ada' });
      for (const message of [...MESSAGES, {}]) {
        await sessions.send(session_id, message);
        await sessions.get(session_id, { wait: true });
      }
      expect(await sessions.messages(session_id)).toHaveLength(4 + 2 * 5);
    }
  });

  it('is known fields only: what looks like one is dropped, from bodies and queries', async () => {
    const slips = {
      contents: 'x',
      user_param: {},
      webhooks: { url: 'no' },
      role_: 'system',
      include_message: 1,
    };
    const created = await open.client.request('POST', '/sessions', {
      json: { meta: { a: 1 }, states: [{}], state: [{ role: 'user', content: 'hi', ...slips }] },
    });
    expect(created).toMatchObject({ status: 201 });
    expect(created.body).not.toHaveProperty('metadata');
    const { session_id: id } = created.body as { session_id: string };
    expect((await open.client.messages(id)).body).toEqual([{ role: 'user', content: 'hi' }]);
    const path = `/sessions/${id}`;
    expect(await open.client.request('POST', `${path}/messages`, { json: slips })).toMatchObject({
      status: 202,
    });
    expect(await open.client.settled(id)).toMatchObject({ response: { content: 'You said: ' } });
    expect((await open.client.turns(id)).body).toMatchObject([{ message: { role: 'user', content: null } }]);
    const query = 'waits=maybe&time_out=soon&session-id=5&limits=none&cursors=&statuses=lost';
    for (const target of [path, '/sessions', `${path}/messages`, `${path}/turns`, `${path}/deliveries`]) {
      expect(await open.client.request('GET', `${target}?${query}`)).toMatchObject({ status: 200 });
    }
    const cancel = await open.client.request('POST', `${path}/cancel`, { json: { turn: 5 } });
    expect(cancel).toMatchObject({ status: 409, body: { code: 'nothing_running' } });
  });
});
