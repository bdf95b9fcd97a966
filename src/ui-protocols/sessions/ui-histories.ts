import { Injectable } from '@nestjs/common';

import type { IdentifiedMessage, RecordedMessage } from '../../messages/chat-message.js';
import { messageIdOf } from '../../messages/message-id.js';
import type { SessionScope } from '../../owners/session-scope.js';
import { EventCalls } from '../../sessions/event-calls.js';
import { SessionReads } from '../../sessions/session-reads.js';
import type { OwnedSession } from '../../sessions/session.js';
import { TurnReads } from '../../sessions/turn-reads.js';
import type { TurnRecord } from '../../turns/turn.js';
import type { AnsweredInterrupt } from '../shown/interrupt-view.js';
import { answeredInterrupts } from './answered-turn.js';
import { UiSessions } from './ui-sessions.js';

/** Successive messages of one turn, or without a turn, in a recorded history. */
export interface RecordedTurn {
  turnId: string | null;
  /** With the ids that clients gave to their messages. */
  messages: IdentifiedMessage[];
  /** The questions that the turn has asked. */
  answered: AnsweredInterrupt[];
}

/** Reads histories as the UI protocols show them: by turns, piece by piece. */
@Injectable()
export class UiHistories {
  constructor(
    private readonly reads: SessionReads,
    private readonly turnReads: TurnReads,
    private readonly events: EventCalls,
    private readonly sessions: UiSessions,
  ) {}

  /** The recorded turns, without one that may be recorded meanwhile. */
  async *turns(
    sessionId: string,
    scope: SessionScope,
    except?: string | null,
  ): AsyncGenerator<RecordedTurn, void> {
    const batches = await this.reads.messageBatches(sessionId, { ...scope, ids: true });
    let open: RecordedTurn | undefined;
    for await (const batch of batches) {
      const messages = batch as RecordedMessage[];
      const ids = new Set(messages.flatMap(({ turn_id: id }) => (id === null ? [] : [id])));
      const turns = await this.sessions.clientTurns([...ids], sessionId, scope);
      for (const message of messages) {
        const { turn_id: turnId, message_id: id } = message;
        if (turnId !== null && turnId === except) continue;
        if (open?.turnId !== turnId) {
          if (open) yield open;
          const hasAsked = turnId !== null && (turns.get(turnId)?.attempt ?? 0) > 1;
          open = {
            turnId,
            messages: [],
            answered: hasAsked ? await this.answered(sessionId, turnId, scope) : [],
          };
        }
        const named = turnId !== null && id === messageIdOf(turnId) && turns.get(turnId)?.messageId;
        open.messages.push(named ? { ...message, message_id: named } : message);
      }
    }
    if (open) yield open;
  }

  /** The last turn, unless it has completed, and its message. */
  async last(
    session: OwnedSession,
    scope: SessionScope,
  ): Promise<{ turn: TurnRecord; message: IdentifiedMessage } | undefined> {
    const { session_id: id, turn_id: turnId, status } = session;
    if (turnId === null || status === 'idle') return undefined;
    const turn = await this.turnReads.get(id, turnId, scope);
    const [named] = (await this.sessions.clientTurns([turnId], id, scope)).values();
    return { turn, message: { ...turn.message, message_id: named?.messageId ?? messageIdOf(turnId) } };
  }

  private async answered(sessionId: string, turn: string, scope: SessionScope): Promise<AnsweredInterrupt[]> {
    return answeredInterrupts(await this.events.open(sessionId, { ...scope, turn }));
  }
}
