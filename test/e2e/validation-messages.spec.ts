import { beforeAll, describe, expect, it } from '@jest/globals';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';

/** The only problem of a request; the checks are independent of the database. */
describe.each(sqliteStacks)('validation errors on $name', (stack) => {
  const app = useApp(stack, { agent: new ScriptedAgent() });
  let session: string;
  beforeAll(async () => {
    session = `/sessions/${await app.client.newSession()}`;
  });

  it.each([
    ['timeout=abc', 'timeout must be a finite number of seconds'],
    ['timeout=', 'timeout must be a finite number of seconds'],
    ['timeout=NaN', 'timeout must be a finite number of seconds'],
    ['timeout=Infinity', 'timeout must be a finite number of seconds'],
    ['timeout=1e400', 'timeout must be a finite number of seconds'],
    ['timeout=-1', 'timeout must not be less than 0'],
  ])('name the fields of GET /sessions/{session_id}?%s', async (query, problem) => {
    expect(await app.client.request('GET', `${session}?${query}`)).toMatchObject(invalid(problem));
    expect(await app.client.request('GET', `${session}?wait=true&${query}`)).toMatchObject(invalid(problem));
  });

  it.each([
    ['limit=', 'limit must be an integer number'],
    ['limit=a', 'limit must be an integer number'],
    ['limit=1.5', 'limit must be an integer number'],
    ['limit=1e2', 'limit must be an integer number'],
    ['limit=0x10', 'limit must be an integer number'],
    ['limit=%201', 'limit must be an integer number'],
    ['limit=0', 'limit must not be less than 1'],
    ['limit=-1', 'limit must not be less than 1'],
    ['limit=1001', 'limit must not be greater than 1000'],
  ])('name the fields of GET /sessions?%s', async (query, problem) => {
    expect(await app.client.list(`?${query}`)).toMatchObject(invalid(problem));
    expect(await app.client.request('GET', `${session}/messages?${query}`)).toMatchObject(invalid(problem));
  });

  it.each([
    ['after=', 'after must be an integer number'],
    ['after=a', 'after must be an integer number'],
    ['after=-1', 'after must not be less than 0'],
    ['after=2147483648', 'after must not be greater than 2147483647'],
  ])('name the fields of GET /sessions/{session_id}/messages?%s', async (query, problem) => {
    expect(await app.client.request('GET', `${session}/messages?${query}`)).toMatchObject(invalid(problem));
  });

  it.each([
    [{ state: 5 }, 'state must be an array'],
    [{ state: {} }, 'state must be an array'],
    [{ state: [5] }, 'state: each value in state must be an object'],
    [{ state: [{ role: 'user', content: null, tool_calls: 5 }] }, 'state[0].tool_calls must be an array'],
  ])('name the fields of a session with %j', async (json, problem) => {
    expect(await app.client.request('POST', '/sessions', { json })).toMatchObject(invalid(problem));
  });

  it.each([
    [{ tool_calls: 'a' }, 'tool_calls must be an array'],
    [{ reasoning_details: 5 }, 'reasoning_details must be an array'],
    [{ role: null }, 'role must be one of the following values: system, user, assistant, tool'],
    [{ webhook: {} }, 'webhook.url must be an http or https URL'],
    [
      { webhook: { url: `https://example.com/${'x'.repeat(3_000)}` } },
      'webhook.url must be shorter than or equal to 2048 characters',
    ],
  ])('name the fields of the message %#', async (json, problem) => {
    expect(await app.client.request('POST', `${session}/messages`, { json })).toMatchObject(invalid(problem));
  });
});

function invalid(problem: string) {
  return { status: 422, body: { code: 'validation_failed', message: [problem] } };
}
