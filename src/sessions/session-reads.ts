import { Inject, Injectable } from '@nestjs/common';

import type { ChatMessage } from '../messages/chat-message.js';
import {
  ChatMessageRepository,
  type HistoryRange,
  type MessageBatches,
} from '../messages/chat-message.repository.js';
import { scopeOf } from '../owners/owner.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import { WaitLimit } from '../timing/wait-limit.js';
import { TurnRunner } from '../turns/turn-runner.js';
import type { ClaimedTurn } from '../turns/turn.store.js';
import { checkedOptions } from './checked-options.js';
import type { ListOptions } from './call-options.js';
import { LIST, MAX_PAGE } from './option-rules.js';
import type { WaitOptions } from './session-calls.js';
import { requireFound, idOf } from './session-id.js';
import { SessionWaiters } from './session-waiters.js';
import { filterEntries } from './metadata.js';
import { type OwnedSession, toWireSession } from './session.js';
import { SESSION_STORE, type SessionPage, type SessionStore } from './session.store.js';

/** The part of SessionsService that reads sessions and histories, and waits for turns to end. */
@Injectable()
export class SessionReads {
  constructor(
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    private readonly histories: ChatMessageRepository,
    private readonly runner: TurnRunner,
    private readonly waiters: SessionWaiters,
  ) {}

  async get(sessionId: string, options: SessionCallOptions & WaitOptions = {}): Promise<OwnedSession> {
    const id = idOf(sessionId);
    const scope = scopeOf(options);
    const read = async () => requireFound(sessionId, await this.sessions.find(scope, id, options.manager));
    if (!options.wait) return read();
    const waiter = this.waiters.wait(scope, id);
    const limit = new WaitLimit(options);
    try {
      // What this process runs needs no reading: the session is read when the run ends.
      const run = options.manager === undefined ? this.runner.runOf(scope, id) : undefined;
      if (run && !this.waiters.isClosed) {
        waiter.assume(runningSession(run.claimed));
      } else {
        const session = await read();
        if (session.status !== 'running' || this.waiters.isClosed) return session;
        waiter.saw(session);
      }
      const outcome = await Promise.race([waiter.settled.then((settled) => ({ settled })), limit.ended]);
      return outcome ? requireFound(sessionId, outcome.settled) : await read();
    } finally {
      limit.stop();
      waiter.stop();
    }
  }

  async page(page: ListOptions, options: SessionCallOptions = {}): Promise<SessionPage> {
    const { limit = MAX_PAGE, metadata: filter, ...rest } = checkedOptions(LIST, page, 'page');
    const query = { limit, metadata: filterEntries(filter), ...rest };
    return this.sessions.list(scopeOf(options), query, options.manager);
  }

  async messages(sessionId: string, options: SessionCallOptions & HistoryRange = {}): Promise<ChatMessage[]> {
    const scope = scopeOf(options);
    return requireFound(
      sessionId,
      await this.histories.history(scope, idOf(sessionId), options, options.manager),
    );
  }

  async messageBatches(
    sessionId: string,
    options: SessionCallOptions & HistoryRange = {},
  ): Promise<MessageBatches> {
    const scope = scopeOf(options);
    return requireFound(
      sessionId,
      await this.histories.open(scope, idOf(sessionId), options, options.manager),
    );
  }
}

/** The session of a run, as it was when the run began. */
function runningSession(run: ClaimedTurn): OwnedSession {
  return toWireSession({
    id: run.sessionId,
    owner: run.owner,
    status: 'running',
    response: null,
    error: null,
    interrupts: null,
    metadata: run.metadata,
    turnId: run.turnId,
    createdAt: run.sessionCreatedAt,
    updatedAt: run.sessionUpdatedAt,
    lastEventId: run.lastEventId,
  });
}
