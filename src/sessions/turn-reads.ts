import { Inject, Injectable } from '@nestjs/common';

import { SessionNotFoundException, TurnNotFoundException } from '../exceptions/index.js';
import { scopeOf } from '../owners/owner.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import { withDeadline } from '../timing/timers.js';
import { WaitLimit } from '../timing/wait-limit.js';
import type { TurnPage, TurnRecord } from '../turns/turn.js';
import { TURN_STORE, type TurnStore } from '../turns/turn.store.js';
import { canonicalUuid, NO_ID } from '../validation/session-id.js';
import type { TurnRange, WaitOptions } from './session-calls.js';
import { idOf, requireFound } from './session-id.js';
import { CLOSE_READING_MS, SessionWaiters } from './session-waiters.js';

/** Default number of turns in a page. */
const DEFAULT_PAGE = 100;

/** The part of SessionsService that reads turns, and waits for one to end. */
@Injectable()
export class TurnReads {
  constructor(
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    private readonly waiters: SessionWaiters,
  ) {}

  async page(sessionId: string, options: SessionCallOptions & TurnRange = {}): Promise<TurnPage> {
    const id = idOf(sessionId);
    const { limit = DEFAULT_PAGE, after } = options;
    return requireFound(
      sessionId,
      await this.turns.list(scopeOf(options), id, { limit, after }, options.manager),
    );
  }

  async get(
    sessionId: string,
    turnId: string,
    options: SessionCallOptions & WaitOptions = {},
  ): Promise<TurnRecord> {
    const id = idOf(sessionId);
    const wanted = canonicalUuid(turnId) ?? NO_ID;
    const scope = scopeOf(options);
    const read = async () => {
      const { turn } = requireFound(sessionId, await this.turns.find(scope, id, wanted, options.manager));
      if (!turn) throw new TurnNotFoundException(turnId);
      return turn;
    };
    if (!options.wait) return read();
    const isClosing = () => this.waiters.isClosed;
    const waiter = this.waiters.wait(scope, id, wanted);
    const limit = new WaitLimit(options);
    try {
      const first = await read();
      if (!isUnderWay(first) || isClosing()) return first;
      waiter.saw(undefined);
      await Promise.race([waiter.settled, limit.ended]);
      return await (isClosing() ? readAtClose(read, first) : read());
    } finally {
      limit.stop();
      waiter.stop();
    }
  }
}

function isUnderWay({ status }: TurnRecord): boolean {
  return status === 'queued' || status === 'running';
}

/** The turn as it is, or as last seen if the database does not respond. */
async function readAtClose(read: () => Promise<TurnRecord>, seen: TurnRecord): Promise<TurnRecord> {
  try {
    return await withDeadline(read(), CLOSE_READING_MS);
  } catch (error) {
    if (error instanceof SessionNotFoundException) throw error;
    return seen;
  }
}
