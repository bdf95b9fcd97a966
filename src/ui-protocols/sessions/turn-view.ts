import type { AnyEvent } from '../../events/event.store.js';
import { endsSegment, type ShownAction } from '../shown/shown-action.js';
import { ShownTurn } from '../shown/shown-turn.js';

/** From where a client sees a turn. */
export type ViewFrom =
  /** From its beginning: nothing has happened before. */
  | { from: 'start' }
  /** From an event on; the client is shown at once what came until then. */
  | { from: 'replay'; until: number }
  /** From an event on; the client has seen what came until then. */
  | { from: 'later'; until: number };

/** A turn as one client sees it: what came before the client looked, and then each change. */
export class TurnView {
  private readonly turn = new ShownTurn();
  private ahead: AnyEvent[] = [];
  private isOver = false;

  private constructor(
    private readonly batches: AsyncIterator<AnyEvent[]>,
    private readonly view: ViewFrom,
  ) {}

  /** When this resolves, everything until the place of `view` has been read. */
  static async open(batches: AsyncIterator<AnyEvent[]>, view: ViewFrom): Promise<TurnView> {
    const opened = new TurnView(batches, view);
    if (view.from !== 'start') await opened.catchUp(view.until);
    opened.turn.live = true;
    return opened;
  }

  /** What is shown of the turn so far. */
  get actions(): readonly ShownAction[] {
    return this.turn.actions;
  }

  /** Each further change, until the turn ends or waits for a person. If it returns false, the stream has ended early. */
  async *changes(): AsyncGenerator<ShownAction, boolean> {
    const last = this.turn.actions.at(-1);
    if (this.view.from === 'replay' && this.ahead.length === 0 && last && endsSegment(last)) return true;
    for (;;) {
      for (const event of this.ahead) {
        for (const action of this.turn.see(event as never)) {
          yield action;
          if (endsSegment(action)) return true;
        }
      }
      this.ahead = [];
      if (this.isOver) return false;
      const { value, done } = await this.batches.next();
      if (done) return false;
      this.ahead = value;
    }
  }

  async close(): Promise<void> {
    await this.batches.return?.();
  }

  private async catchUp(until: number): Promise<void> {
    this.turn.live = this.view.from === 'later';
    for (let seen = 0; seen < until;) {
      const { value, done } = await this.batches.next();
      if (done) {
        this.isOver = true;
        return;
      }
      for (const event of value) {
        seen = event.id;
        if (event.id <= until) this.turn.see(event as never);
        else this.ahead.push(event);
      }
    }
  }
}
