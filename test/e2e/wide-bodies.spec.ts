import { beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';

import { blockingOf, leastBlocking } from '../support/blocking.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';

const MIB = 2 ** 20;
/**
 * Maximum CPU time between two rounds of the event loop, in ms, beside that of parsing the text, which on Express the
 * host's parser does. Without the limits it is between 3 and 130 s.
 */
const MAX_BLOCKED_MS = 250;

/** The same for texts of 16 MiB, because SQLite writes them while the event loop waits. */
const MAX_BLOCKED_BY_TEXT_MS = 500;

/** A body has several tries, because other work on the machine makes all of them slower for a while. */
const TRIES = 10;

const repeated = (size: number, open: string, item: string, close: string) =>
  open + item.repeat(Math.floor((size - open.length - close.length) / item.length)) + close;
const times = (count: number, item: string) => Array.from({ length: count }, () => item).join();

const distinct = (objects: number, keys: number) =>
  Array.from(
    { length: objects },
    (_, i) => `{${Array.from({ length: keys }, (_key, j) => `"k${i}_${j}":${j}`).join()}}`,
  ).join();

const TOOL_CALL = '{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}';

/** Each with the expected status and a part of the problems, if refused. */
const BODIES: [string, string, number, string][] = [
  ['16 MiB of empty messages', repeated(16 * MIB, '{"state":[', '{},', '{}]}'), 422, 'values'],
  [
    '0.3 MiB of empty messages',
    repeated(0.3 * MIB, '{"state":[', '{},', '{}]}'),
    422,
    'state must contain no more',
  ],
  ['10,000 empty messages', `{"state":[${times(10_000, '{}')}]}`, 422, '9980 more problems'],
  ['10,000 messages', `{"state":[${times(10_000, '{"role":"user","content":"hello"}')}]}`, 201, ''],
  [
    '10,000 messages of 1.6 kB',
    `{"state":[${times(10_000, `{"role":"user","content":"${'ü'.repeat(800)}"}`)}]}`,
    201,
    '',
  ],
  [
    '10,001 messages',
    `{"state":[${times(10_001, '{"role":"user","content":"hello"}')}]}`,
    422,
    'no more than 10000',
  ],
  [
    '10,000 tool calls',
    `{"state":[{"role":"assistant","tool_calls":[${times(10_000, TOOL_CALL)}]}]}`,
    201,
    '',
  ],
  [
    '10,001 tool calls',
    `{"state":[{"role":"assistant","tool_calls":[${times(10_001, TOOL_CALL)}]}]}`,
    422,
    'state[0].tool_calls must contain no more than 10000 elements',
  ],
  [
    '10,000 bad tool calls',
    `{"state":[{"role":"assistant","tool_calls":[${times(10_000, '{}')}]}]}`,
    422,
    'state[0].tool_calls[0].id must be a string',
  ],
  [
    '10,000 keys',
    `{"metadata":{${Array.from({ length: 10_000 }, (_, i) => `"k${i}":${i}`).join()}}}`,
    201,
    '',
  ],
  [
    '10,001 keys',
    `{"metadata":{${Array.from({ length: 10_001 }, (_, i) => `"k${i}":${i}`).join()}}}`,
    422,
    'metadata must not have more than 10000 keys',
  ],
  ['200,000 numbers', `{"metadata":{"list":[${times(200_000, '1.5')}]}}`, 201, ''],
  ['5 million numbers', `{"metadata":{"list":[${times(5_000_000, '1')}]}}`, 422, 'values'],
  ['990 objects of 100 keys each, no two alike', `{"metadata":{"list":[${distinct(990, 100)}]}}`, 201, ''],
  ['99,000 objects with a key each, no two alike', `{"metadata":{"list":[${distinct(99_000, 1)}]}}`, 201, ''],
  ['9 objects of 10,000 keys each, no two alike', `{"metadata":{"list":[${distinct(9, 10_000)}]}}`, 201, ''],
  [
    '24 objects of 10,000 keys each, no two alike',
    `{"metadata":{"list":[${distinct(24, 10_000)}]}}`,
    422,
    'must not hold more than 100000 keys',
  ],
  ['250,000 keys in an object', `{"metadata":${distinct(1, 250_000)}}`, 422, 'keys'],
  ['a text of 16 MiB', `{"metadata":{"text":"${'x'.repeat(16 * MIB - 64)}"}}`, 201, ''],
  ['a text of 16 MiB with escapes', repeated(16 * MIB, '{"metadata":{"text":"', '\\n', '"}}'), 201, ''],
];

/** A host that accepts large bodies, and closes no connection while a block delays the client's use of it. */
function takeLargeBodies(app: INestApplication): void {
  (app.getHttpServer() as Server).keepAliveTimeout = 0;
  const isFastify = (app.getHttpAdapter() as AbstractHttpAdapter).getType() === 'fastify';
  const [type, options]: [string, object] = isFastify
    ? ['application/json', { bodyLimit: 16 * MIB }]
    : ['json', { limit: 16 * MIB }];
  (app as NestExpressApplication).useBodyParser(type as 'json', options);
}

describe.each(sqliteStacks)('a body on $name', (stack) => {
  const app = useApp(stack, {
    agent: new ScriptedAgent(),
    configure: takeLargeBodies,
  });
  beforeAll(async () => {
    // The first request of each kind is slower.
    await app.client.create({ metadata: { warm: true } });
  });

  // On Express the host's parser runs first, and takes seconds for so many objects.
  const bodies = BODIES.filter(([what]) => stack.adapter === 'fastify' || !what.startsWith('16 MiB'));

  it.each(bodies)('with %s does not block other requests', async (what, text, status, problem) => {
    const headers = { 'idempotency-key': '' };
    const ask = async () => {
      headers['idempotency-key'] = randomUUID();
      const answer = await app.client.request('POST', '/sessions', { text, headers });
      const { message = [] } = answer.body as { message?: string[] };
      expect([answer.status, message.join()]).toEqual([status, expect.stringContaining(problem)]);
      expect(message.length).toBeLessThanOrEqual(21);
    };
    const { longest: parsing } = await blockingOf(async () => Promise.resolve(JSON.parse(text) as unknown));
    const bound = parsing + (what.startsWith('a text') ? MAX_BLOCKED_BY_TEXT_MS : MAX_BLOCKED_MS);
    expect(await leastBlocking(ask, bound, TRIES)).toBeLessThan(bound);
  });
});
