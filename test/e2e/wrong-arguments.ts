import { randomUUID } from 'node:crypto';

import type { SessionsService } from '../../src/index.js';

const NO_ID = randomUUID();

/** What throws if it is called. */
export function fails(): never {
  throw new Error('a trap of a proxy');
}

/** An object whose every use throws. */
export const hostile = () =>
  new Proxy({}, { get: fails, has: fails, ownKeys: fails, getOwnPropertyDescriptor: fails });

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

export function circular(): Record<string, unknown> {
  const value: Record<string, unknown> = { list: Array.from({ length: 9_000 }, () => 1) };
  value.self = { value };
  return value;
}

/** What is neither a text, nor a number, nor a boolean. */
const ODD = {
  null: null,
  symbol: Symbol('s'),
  bigint: 5n,
  list: [],
  object: {},
  function: fails,
  hostile: hostile(),
  revoked,
};

/** What is no size of a page. */
const NO_LIMIT = {
  ...ODD,
  NaN,
  Infinity,
  negative: -1,
  zero: 0,
  fraction: 1.5,
  large: 1_001,
  text: '5',
  boolean: true,
};

/** What is no position in a list. */
const NO_PLACE = { ...ODD, NaN, Infinity, negative: -1, fraction: 1.5, text: '5', boolean: true };

export const NO_TEXT = { ...ODD, number: 5, boolean: true };
const NO_BOOLEAN = { ...ODD, number: 1, text: 'false' };
const NO_TIMEOUT = { ...ODD, NaN, negative: -1, text: '5', boolean: true };
const NO_OBJECT = {
  null: null,
  symbol: Symbol('s'),
  bigint: 5n,
  number: 5,
  text: 'ada',
  boolean: true,
  list: [],
  function: fails,
  revoked,
};

type Call = (sessions: SessionsService, id: string, value: unknown) => Promise<unknown>;

/** A call with any value, as from JavaScript. */
type Loose = Record<string, (...args: unknown[]) => Promise<unknown>>;
export const loose = (sessions: SessionsService) => sessions as unknown as Loose;

const call =
  (method: string, argumentsOf: (id: string, value: unknown) => unknown[]): Call =>
  async (sessions, id, value) =>
    loose(sessions)[method]?.(...argumentsOf(id, value));

/** The first event, since a generator begins with it. */
const firstEvent =
  (optionsOf: (value: unknown) => unknown): Call =>
  async (sessions, id, value) =>
    sessions.events(id, optionsOf(value) as never).next();

const option = (name: string) => (id: string, value: unknown) => [id, { [name]: value }];
const third = (name: string, second: unknown) => (id: string, value: unknown) => [
  id,
  second,
  { [name]: value },
];

/** Every argument of every method, with what it cannot be. */
export const ARGUMENTS: [name: string, field: string, call: Call, wrong: Record<string, unknown>][] = [
  ['the request of create', 'body', call('create', (_id, value) => [value]), NO_OBJECT],
  [
    'the metadata of create',
    'metadata',
    call('create', (_id, metadata) => [{ metadata }]),
    { ...NO_OBJECT, null: 5 },
  ],
  [
    'the state of create',
    'state',
    call('create', (_id, state) => [{ state }]),
    { ...NO_OBJECT, null: 5, list: [5] },
  ],
  [
    'the key of create',
    'idempotencyKey',
    call('create', (_id, idempotencyKey) => [{}, { idempotencyKey }]),
    NO_TEXT,
  ],
  ['the options of create', 'options', call('create', (_id, value) => [{}, value]), NO_OBJECT],
  ['the request of put', 'body', call('put', (_id, value) => [randomUUID(), value]), NO_OBJECT],
  ['the owner of put', 'owner', call('put', third('owner', {})), NO_TEXT],
  ['the options of get', 'options', call('get', (id, value) => [id, value]), NO_OBJECT],
  ['the owner of get', 'owner', call('get', option('owner')), NO_TEXT],
  [
    'the manager of get',
    'manager',
    call('get', option('manager')),
    { ...NO_OBJECT, object: {}, hostile: hostile() },
  ],
  ['the wait of get', 'wait', call('get', option('wait')), NO_BOOLEAN],
  ['the timeout of get', 'timeout', call('get', (id, timeout) => [id, { wait: true, timeout }]), NO_TIMEOUT],
  ['an unused timeout of get', 'timeout', call('get', option('timeout')), NO_TIMEOUT],
  [
    'the signal of get',
    'signal',
    call('get', (id, signal) => [id, { wait: true, signal }]),
    { ...NO_OBJECT, object: {} },
  ],
  ['the request of update', 'body', call('update', (id, value) => [id, value]), NO_OBJECT],
  [
    'the metadata of update',
    'metadata',
    call('update', (id, metadata) => [id, { metadata }]),
    { ...NO_OBJECT, null: 5 },
  ],
  [
    'the options of update',
    'options',
    call('update', (id, value) => [id, { metadata: {} }, value]),
    NO_OBJECT,
  ],
  ['the page of list', 'page', call('list', (_id, value) => [value]), NO_OBJECT],
  ['the options of list', 'options', call('list', (_id, value) => [{}, value]), NO_OBJECT],
  ['the limit of list', 'limit', call('list', (_id, limit) => [{ limit }]), NO_LIMIT],
  ['the status of list', 'status', call('list', (_id, status) => [{ status }]), { ...NO_TEXT, text: 'busy' }],
  ['the order of list', 'order', call('list', (_id, order) => [{ order }]), { ...NO_TEXT, text: 'size' }],
  ['the metadata of list', 'metadata', call('list', (_id, metadata) => [{ metadata }]), NO_OBJECT],
  [
    'a filter of list',
    'metadata[a]',
    call('list', (_id, a) => [{ metadata: { a } }]),
    { ...ODD, NaN, Infinity },
  ],
  ['the place of page', 'after', call('page', (_id, after) => [{ after }]), { ...NO_OBJECT, object: {} }],
  ['the time of the place', 'after', call('page', (_id, at) => [{ after: { at, id: NO_ID } }]), NO_PLACE],
  [
    'the id of the place',
    'after',
    call('page', (_id, id) => [{ after: { at: 5, id } }]),
    { ...NO_TEXT, text: 'x' },
  ],
  ['the options of delete', 'options', call('delete', (_id, value) => [NO_ID, value]), NO_OBJECT],
  ['the request of send', 'body', call('send', (id, value) => [id, value]), NO_OBJECT],
  ['the role of send', 'role', call('send', (id, role) => [id, { role }]), { ...NO_TEXT, text: 'agent' }],
  [
    'the content of send',
    'content',
    call('send', (id, content) => [id, { content }]),
    { ...NO_TEXT, null: 5 },
  ],
  [
    'the parameters of send',
    'user_params',
    call('send', (id, user_params) => [id, { user_params }]),
    { ...NO_OBJECT, null: 5 },
  ],
  [
    'the webhook of send',
    'webhook',
    call('send', (id, webhook) => [id, { webhook }]),
    { ...NO_OBJECT, null: 5 },
  ],
  ['the key of send', 'idempotencyKey', call('send', third('idempotencyKey', { content: 'x' })), NO_TEXT],
  ['the options of send', 'options', call('send', (id, value) => [id, { content: 'x' }, value]), NO_OBJECT],
  ['the options of messages', 'options', call('messages', (id, value) => [id, value]), NO_OBJECT],
  ['the limit of messages', 'limit', call('messages', option('limit')), NO_LIMIT],
  ['the place of messages', 'after', call('messages', option('after')), NO_PLACE],
  ['the ids of messages', 'ids', call('messages', option('ids')), NO_BOOLEAN],
  ['the limit of messageBatches', 'limit', call('messageBatches', option('limit')), NO_LIMIT],
  ['the request of resume', 'body', call('resume', (id, value) => [id, value]), NO_OBJECT],
  [
    'the question of resume',
    'interrupt_id',
    call('resume', (id, interrupt_id) => [id, { interrupt_id, value: 1 }]),
    NO_TEXT,
  ],
  [
    'the answer of resume',
    'value',
    call('resume', (id, value) => [id, { interrupt_id: NO_ID, value }]),
    {
      undefined,
      symbol: Symbol('s'),
      bigint: 5n,
      function: fails,
      NaN,
      hostile: hostile(),
      revoked,
      circular: circular(),
    },
  ],
  [
    'the options of resume',
    'options',
    call('resume', (id, value) => [id, { interrupt_id: NO_ID, value: 1 }, value]),
    NO_OBJECT,
  ],
  ['the request of cancel', 'body', call('cancel', (id, value) => [id, value]), NO_OBJECT],
  ['the turn of cancel', 'turn_id', call('cancel', option('turn_id')), { ...NO_TEXT, null: 5 }],
  ['the options of cancel', 'options', call('cancel', (id, value) => [id, {}, value]), NO_OBJECT],
  ['the options of turns', 'options', call('turns', (id, value) => [id, value]), NO_OBJECT],
  ['the limit of turns', 'limit', call('turns', option('limit')), NO_LIMIT],
  ['the place of turns', 'after', call('turns', option('after')), NO_PLACE],
  ['the limit of turnPage', 'limit', call('turnPage', option('limit')), NO_LIMIT],
  ['the options of turn', 'options', call('turn', (id, value) => [id, NO_ID, value]), NO_OBJECT],
  ['the wait of turn', 'wait', call('turn', third('wait', NO_ID)), NO_BOOLEAN],
  ['the timeout of turn', 'timeout', call('turn', third('timeout', NO_ID)), NO_TIMEOUT],
  ['the options of deliveries', 'options', call('deliveries', (id, value) => [id, value]), NO_OBJECT],
  ['the limit of deliveries', 'limit', call('deliveries', option('limit')), NO_LIMIT],
  ['the place of deliveryPage', 'after', call('deliveryPage', option('after')), NO_PLACE],
  ['the options of redeliver', 'options', call('redeliver', (id, value) => [id, NO_ID, value]), NO_OBJECT],
  ['the options of events', 'options', firstEvent((value) => value), NO_OBJECT],
  ['the place of events', 'after', firstEvent((after) => ({ after })), NO_PLACE],
  ['the turn of events', 'turn', firstEvent((turn) => ({ turn })), { ...NO_TEXT, text: 'x' }],
  ['the signal of events', 'signal', firstEvent((signal) => ({ signal })), { ...NO_OBJECT, object: {} }],
  ['the place of eventBatches', 'after', call('eventBatches', option('after')), NO_PLACE],
];
