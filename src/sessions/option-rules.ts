import type { HistoryRange } from '../messages/chat-message.repository.js';
import { isOwner, OWNER_PROBLEM } from '../owners/owner.js';
import type { OwnerOptions, SessionCallOptions } from '../owners/session-call-options.js';
import { canonicalUuid } from '../validation/session-id.js';
import type { IdempotentCallOptions, ListOptions } from './call-options.js';
import type { Rule, Rules } from './checked-options.js';
import { filterProblems } from './metadata.js';
import type { EventRange, TurnRange, WaitOptions } from './session-calls.js';
import { LIST_ORDERS, SESSION_STATUSES } from './session.js';

/** The largest page of a list. */
export const MAX_PAGE = 1_000;

/** The largest position in a history or a list of turns: what the databases hold. */
export const MAX_POSITION = 2 ** 31 - 1;

const must =
  (isValid: (value: unknown) => boolean, expected: string): Rule =>
  (value, option) =>
    isValid(value) ? [] : [`${option} ${expected}`];

/** In the words of class-validator, which checks the queries of HTTP. */
function wholeNumber(min: number, max: number): Rule {
  return (value, option) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return [`${option} must be an integer number`];
    if (value < min) return [`${option} must not be less than ${min}`];
    return value > max ? [`${option} must not be greater than ${max}`] : [];
  };
}

function oneOf(values: readonly string[]): Rule {
  return must(
    (value) => values.some((one) => one === value),
    `must be one of the following values: ${values.join(', ')}`,
  );
}

const OWNER: Rules<OwnerOptions> = { owner: (owner) => (isOwner(owner) ? [] : [OWNER_PROBLEM]) };

const FLAG = must((value) => typeof value === 'boolean', 'must be true or false');

/** Not by its class, of which a process may have several. */
const SIGNAL = must(
  (value) => isObject(value) && typeof value.aborted === 'boolean' && 'addEventListener' in value,
  'must be an AbortSignal',
);

export const CALL: Rules<SessionCallOptions> = {
  ...OWNER,
  manager: must(
    (value) => isObject(value) && isObject(value.connection),
    'must be an EntityManager of TypeORM',
  ),
};

export const IDEMPOTENT_CALL: Rules<IdempotentCallOptions> = {
  ...CALL,
  idempotencyKey: must((value) => typeof value === 'string', 'must be a string'),
};

export const WAITING_CALL: Rules<SessionCallOptions & WaitOptions> = {
  ...CALL,
  wait: FLAG,
  timeout: must(
    (value) => typeof value === 'number' && value >= 0,
    'must be a number of milliseconds of at least 0',
  ),
  signal: SIGNAL,
};

const PAGE: Rules<TurnRange> = { after: wholeNumber(0, MAX_POSITION), limit: wholeNumber(1, MAX_PAGE) };

export const PAGE_CALL: Rules<SessionCallOptions & TurnRange> = { ...CALL, ...PAGE };

export type HistoryCall = SessionCallOptions & HistoryRange;
export const HISTORY_CALL: Rules<HistoryCall> = { ...CALL, ...PAGE, ids: FLAG };

export const EVENTS_CALL: Rules<OwnerOptions & EventRange> = {
  ...OWNER,
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  turn: must((value) => canonicalUuid(value as string) !== undefined, 'must be a UUID'),
  signal: SIGNAL,
};

export const LIST: Rules<ListOptions> = {
  status: oneOf(SESSION_STATUSES),
  order: oneOf(LIST_ORDERS),
  limit: PAGE.limit,
  after: must(
    (value) => isObject(value) && isPosition(value.at) && canonicalUuid(value.id as string) !== undefined,
    'must be the `next` of a page',
  ),
  metadata: filterProblems,
};

function isPosition(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
