import { Inject, Injectable } from '@nestjs/common';

import { EVENT_STORE, type AnyEvent, type EventStore, type LogPosition } from '../events/event.store.js';
import { endsTurn } from '../events/event-types.js';
import { TurnNotFoundException } from '../exceptions/index.js';
import { scopeOf } from '../owners/owner.js';
import type { OwnerOptions } from '../owners/session-call-options.js';
import type { LogFollower } from '../streams/log-follower.js';
import { LogFollowers } from '../streams/log-followers.js';
import { canonicalUuid } from '../validation/session-id.js';
import { checkedOptions } from './checked-options.js';
import { EVENTS_CALL } from './option-rules.js';
import type { EventRange } from './session-calls.js';
import { idOf, requireFound } from './session-id.js';

/** Events in the order of the log, batch by batch. */
type EventBatches = AsyncGenerator<AnyEvent[], void>;

/** The part of SessionsService that follows the logs of sessions. */
@Injectable()
export class EventCalls {
  constructor(
    @Inject(EVENT_STORE) private readonly events: EventStore,
    private readonly followers: LogFollowers,
  ) {}

  /** The events one by one. */
  async *each(sessionId: string, options: OwnerOptions & EventRange): AsyncGenerator<AnyEvent, void> {
    for await (const batch of await this.open(sessionId, options)) yield* batch;
  }

  /** When this resolves, session, turn and place are found. The generator ends at once if the process stops. */
  async open(sessionId: string, options: OwnerOptions & EventRange): Promise<EventBatches> {
    const { after: from, turn, signal, owner } = checkedOptions(EVENTS_CALL, options);
    const id = idOf(sessionId);
    const turnId = turn === undefined ? undefined : canonicalUuid(turn);
    const position = requireFound(sessionId, await this.events.position(scopeOf({ owner }), id, turnId));
    if (turn !== undefined && !position.turn) throw new TurnNotFoundException(turn);
    const after = placeOf(position, from);
    if (position.turn?.isOver && after >= position.turn.last) return noEvents();
    const place = { sessionId: id, created: position.created, after };
    return batches(() => this.followers.follow(place), turnId, signal);
  }
}

/** The place after which to begin: by default before the turn, if one is unfinished or asked for, else at the end. */
function placeOf({ last, unfinished, turn }: LogPosition, after: number | undefined): number {
  // A turn from before there were logs has no first event.
  const before = (first: number) => Math.max(0, first - 1);
  if (turn) return Math.max(after ?? 0, before(turn.first));
  return after ?? (unfinished === undefined ? last : before(unfinished));
}

/** Follows a log from its first call on, so that a reader that never reads costs nothing. */
async function* batches(
  follow: () => LogFollower,
  turnId: string | undefined,
  signal: AbortSignal | undefined,
): EventBatches {
  const follower = follow();
  const stop = () => {
    follower.stop();
  };
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const events = await follower.next();
      if (!events) return;
      if (turnId === undefined) {
        yield events;
        continue;
      }
      const ofTurn = events.filter(({ turn_id }) => turn_id === turnId || turn_id === null);
      if (ofTurn.length > 0) yield ofTurn;
      // Another turn begins only after this one has ended.
      if (ofTurn.length < events.length || ofTurn.some(({ type }) => endsTurn(type))) return;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

async function* noEvents(): EventBatches {
  // Ends at once.
}
