import { Injectable } from '@nestjs/common';

import type { IdentifiedMessage, RecordedMessage } from '../../messages/chat-message.js';
import { messageIdOf } from '../../messages/message-id.js';
import type { SessionScope } from '../../owners/session-scope.js';
import { EventCalls } from '../../sessions/event-calls.js';
import { SessionReads } from '../../sessions/session-reads.js';
import { TurnReads } from '../../sessions/turn-reads.js';
import type { AnsweredInterrupt } from '../shown/interrupt-view.js';
import { answeredInterrupts, type RecordedTurn } from '../shown/recorded-turn.js';
import { UiSessions } from './ui-sessions.js';

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

  /** The message that has started a turn, under the id that its client gave it. */
  async message(sessionId: string, turnId: string, scope: SessionScope): Promise<IdentifiedMessage> {
    const { message } = await this.turnReads.get(sessionId, turnId, scope);
    const [named] = (await this.sessions.clientTurns([turnId], sessionId, scope)).values();
    return { ...message, message_id: named?.messageId ?? messageIdOf(turnId) };
  }

  private async answered(sessionId: string, turn: string, scope: SessionScope): Promise<AnsweredInterrupt[]> {
    return answeredInterrupts(await this.events.open(sessionId, { ...scope, turn }));
  }
}
