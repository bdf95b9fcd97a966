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
  /** Whether the turn has ended or waits for a person, so that nothing follows. */
  hasEnded = false;

  private constructor(
    private readonly batches: AsyncIterator<AnyEvent[], void>,
    private readonly view: ViewFrom,
  ) {}

  /** When this resolves, everything until the place of `view` has been read. */
  static async open(batches: AsyncIterator<AnyEvent[], void>, view: ViewFrom): Promise<TurnView> {
    const opened = new TurnView(batches, view);
    if (view.from !== 'start') await opened.catchUp(view.until);
    opened.turn.live = true;
    const last = opened.turn.actions.at(-1);
    opened.hasEnded =
      view.from === 'replay' && opened.ahead.length === 0 && last !== undefined && endsSegment(last);
    return opened;
  }

  /** What is shown of the turn so far. */
  get actions(): readonly ShownAction[] {
    return this.turn.actions;
  }

  /** Each further change, until the turn ends or waits for a person; or less, if the process stops. */
  async *changes(): AsyncGenerator<ShownAction, void> {
    while (!this.hasEnded) {
      const events = this.ahead;
      this.ahead = [];
      for (const event of events) {
        for (const action of this.turn.see(event as never)) {
          this.hasEnded = endsSegment(action);
          yield action;
          if (this.hasEnded) return;
        }
      }
      if (this.isOver) return;
      const next = await this.batches.next();
      if (next.done) return;
      this.ahead = next.value;
    }
  }

  async close(): Promise<void> {
    await this.batches.return?.();
  }

  private async catchUp(until: number): Promise<void> {
    this.turn.live = this.view.from === 'later';
    for (let seen = 0; seen < until;) {
      const next = await this.batches.next();
      if (next.done) {
        this.isOver = true;
        return;
      }
      for (const event of next.value) {
        seen = event.id;
        if (event.id <= until) this.turn.see(event as never);
        else this.ahead.push(event);
      }
    }
  }
}
