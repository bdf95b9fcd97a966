import type { SessionEvent, LoggedTurnCompleted } from '../../events/session-event.js';
import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import { compareWithRecord } from './compare-with-record.js';
import { RepeatedPieces } from './repeated-pieces.js';
import { messagesOf } from './messages-of.js';
import { isPiece, type Piece, type ShownAction } from './shown-action.js';

/** The fields of every event; the others of an agent's event are its own. */
const EVENT_FIELDS = new Set(['id', 'type', 'session_id', 'turn_id', 'attempt', 'at']);

/**
 * One turn as a client is shown it: takes the turn's events in their order, and returns what each adds. Until `live` is
 * set, nothing has been shown, so what a later run makes void is dropped; after that, what a run repeats is left out.
 */
export class ShownTurn {
  /** Everything that is shown, with successive pieces of a text joined. */
  actions: ShownAction[] = [];
  /** Whether a client sees the actions as they come. */
  live = false;
  /** The id of the user's message. */
  private messageId?: string;
  private readonly interrupts = new Map<string, SessionInterrupt>();
  /** The pieces of the present run that no step has recorded. */
  private ofRun = new Set<Piece>();
  private repeated = new RepeatedPieces([]);
  private readonly callIds = new Set<string>();

  see(event: SessionEvent): ShownAction[] {
    switch (event.type) {
      case 'turn.queued':
        this.messageId = event.message_id;
        return [];
      case 'turn.started':
        this.beginRun();
        return [];
      case 'step.completed':
        this.ofRun = new Set();
        return [];
      case 'message.delta':
        return this.piece({ kind: 'text', messageId: event.message_id, delta: event.delta });
      case 'reasoning.delta':
        return this.piece({ kind: 'reasoning', messageId: event.message_id, delta: event.delta });
      case 'tool.call': {
        const { message_id: messageId, tool_call_id: callId, name, arguments: args } = event;
        return this.piece({ kind: 'call', messageId, callId, name, args });
      }
      case 'tool.result': {
        const { message_id: messageId, tool_call_id: callId, content } = event;
        return this.piece({ kind: 'result', messageId, callId, content });
      }
      case 'turn.interrupted':
        for (const interrupt of event.interrupts) this.interrupts.set(interrupt.interrupt_id, interrupt);
        return this.show({ kind: 'interrupted', interrupts: event.interrupts });
      case 'turn.resumed':
        return this.show({
          kind: 'answered',
          answers: event.answers.flatMap(({ interrupt_id: id, value }) => {
            const interrupt = this.interrupts.get(id);
            return interrupt ? [{ interrupt, value }] : [];
          }),
        });
      case 'turn.requeued':
        return [];
      case 'turn.completed':
        return this.complete(event);
      case 'turn.failed':
        return this.show({ kind: 'failed', error: event.error, code: event.code });
      case 'session.deleted':
        return this.show({ kind: 'deleted' });
      default:
        return this.own(event);
    }
  }

  private beginRun(): void {
    const pieces = [...this.ofRun];
    this.ofRun = new Set();
    if (this.live) this.repeated = new RepeatedPieces(pieces);
    else this.drop(pieces);
  }

  private piece(piece: Piece): ShownAction[] {
    const { show, void: gone = [], repeats } = this.repeated.judge(piece);
    if (repeats) this.ofRun.add(repeats);
    this.drop(gone);
    const restated: ShownAction[] =
      gone.length > 0 ? [{ kind: 'restated', messages: messagesOf(this.actions) }] : [];
    return [...restated, ...show.flatMap((one) => this.showPiece(one))];
  }

  private showPiece(piece: Piece): Piece[] {
    if (piece.kind === 'call') {
      if (this.callIds.has(piece.callId)) return [];
      this.callIds.add(piece.callId);
    }
    const last = this.actions.at(-1);
    const isText = piece.kind === 'text' || piece.kind === 'reasoning';
    if (isText && last?.kind === piece.kind && last.messageId === piece.messageId && this.isOfRun(last)) {
      last.delta += piece.delta;
    } else {
      const kept = { ...piece };
      this.actions.push(kept);
      this.ofRun.add(kept);
    }
    return [piece];
  }

  private isOfRun(action: ShownAction): boolean {
    return isPiece(action) && this.ofRun.has(action);
  }

  private complete({ messages, usage }: LoggedTurnCompleted): ShownAction[] {
    const gone = this.repeated.rest.filter((piece) => !this.ofRun.has(piece));
    this.drop(gone);
    const start = messages.findIndex(({ message_id: id }) => id === this.messageId);
    const recorded = start < 0 ? messages.slice(-1) : messages.slice(start + 1);
    const { unsent, rewritten, differs } = compareWithRecord(this.actions, recorded);
    const hasVoid = start < 0 || gone.length > 0;
    return this.show({ kind: 'completed', usage, unsent, rewritten, differs: differs || hasVoid });
  }

  /** Own events are signals of the moment: they are passed on, and are no part of the turn's messages. */
  private own(event: Record<string, unknown>): ShownAction[] {
    const value = Object.fromEntries(Object.entries(event).filter(([field]) => !EVENT_FIELDS.has(field)));
    return [{ kind: 'own', name: String(event.type), value }];
  }

  private show(action: ShownAction): ShownAction[] {
    this.actions.push(action);
    return [action];
  }

  private drop(pieces: readonly Piece[]): void {
    if (pieces.length === 0) return;
    const gone = new Set<ShownAction>(pieces);
    for (const piece of pieces) if (piece.kind === 'call') this.callIds.delete(piece.callId);
    this.actions = this.actions.filter((action) => !gone.has(action));
  }
}
