import { batch, computed, type Signal, signal } from '@preact/signals';

import type {
  AgentSessionsError,
  MessageRequest,
  RecordedMessage,
  Session,
  SessionEvent,
} from '../../src/client/index.js';
import { newsOf } from './announcements.js';
import { client } from './connection.js';
import { textOf } from './problem.js';
import { refreshList } from './session-list.js';
import { after, isUnfinished, newTurn, type TurnView } from './turn-view.js';

/** How long events are collected before the page changes. */
const COLLECT_MS = 40;

/** How much is read of what stood in the history before the first turn. */
const MAX_PRELOADED = 200;

/** One session that is shown: everything is derived from its log, which is followed from the beginning. */
export class OpenSession {
  readonly session = signal<Session | undefined>(undefined);
  readonly turns = signal<readonly Signal<TurnView>[]>([]);
  readonly preloaded = signal<readonly RecordedMessage[]>([]);
  readonly log = signal<readonly SessionEvent[]>([]);
  /** What screen readers say. */
  readonly news = signal('');
  /** Why the session cannot be shown; empty if it can. */
  readonly problem = signal('');
  readonly isDeleted = signal(false);
  readonly unfinished = computed(() => {
    const last = this.turns.value.at(-1)?.value;
    return last && isUnfinished(last) ? last : undefined;
  });

  private readonly byId = new Map<string, Signal<TurnView>>();
  private readonly closing = new AbortController();
  private collected: SessionEvent[] = [];
  /** The last event that is no news. */
  private known = 0;

  constructor(readonly id: string) {
    this.start();
  }

  /** Begins, or goes on where it has failed. */
  start(): void {
    this.problem.value = '';
    this.follow().catch((error: unknown) => {
      if (!this.closing.signal.aborted) this.problem.value = textOf(error);
    });
  }

  close(): void {
    this.closing.abort();
  }

  /** Reads the session again: its log does not tell which of several questions are still pending. */
  async refresh(): Promise<void> {
    const { signal } = this.closing;
    try {
      const session = await client.get(this.id, { signal });
      // Answers may come in another order than they were asked for.
      if (session.last_event_id >= (this.session.peek()?.last_event_id ?? 0)) this.session.value = session;
      this.problem.value = '';
    } catch (error) {
      if ((error as Partial<AgentSessionsError>).status !== 404 && !signal.aborted) throw error;
    }
  }

  private async follow(): Promise<void> {
    const { signal } = this.closing;
    const session = await client.get(this.id, { signal });
    this.session.value = session;
    this.known = session.last_event_id;
    const messages = await client.messages(this.id, { ids: true, limit: MAX_PRELOADED, signal });
    this.preloaded.value = messages.filter(({ turn_id }) => turn_id === null);
    const last = this.log.peek().at(-1)?.id ?? 0;
    for await (const event of client.events(this.id, { after: last, signal })) this.collect(event);
    this.apply();
    this.isDeleted.value = true;
  }

  private collect(event: SessionEvent): void {
    if (this.collected.push(event) === 1) {
      setTimeout(() => {
        this.apply();
      }, COLLECT_MS);
    }
  }

  private apply(): void {
    const events = this.collected.splice(0);
    if (events.length === 0) return;
    batch(() => {
      const opened = events.flatMap((event) => this.applyOne(event) ?? []);
      if (opened.length > 0) this.turns.value = [...this.turns.peek(), ...opened];
      this.log.value = [...this.log.peek(), ...events];
    });
    if (events.some(({ id, type }) => id > this.known && type.startsWith('turn.'))) {
      void refreshList();
      this.refresh().catch((error: unknown) => (this.problem.value = textOf(error)));
    }
  }

  /** Returns the turn that begins with the event. */
  private applyOne(event: SessionEvent): Signal<TurnView> | undefined {
    if (event.id > this.known) this.news.value = newsOf(event) ?? this.news.peek();
    if (event.turn_id === null) return undefined;
    const turn = this.byId.get(event.turn_id);
    if (turn) {
      turn.value = after(turn.peek(), event);
      return undefined;
    }
    const opened = signal(after(newTurn(event.turn_id, event.at), event));
    this.byId.set(event.turn_id, opened);
    return opened;
  }

  async send(message: MessageRequest): Promise<void> {
    await client.send(this.id, message);
  }

  async cancel(): Promise<void> {
    const turn = this.unfinished.peek();
    await client.cancel(this.id, { turn_id: turn?.id });
  }

  /** Answers a question. Another client may have been first, so the questions are read again. */
  async answer(interruptId: string, value: unknown): Promise<void> {
    try {
      await client.resume(this.id, { interrupt_id: interruptId, value });
    } finally {
      await this.refresh();
    }
  }
}
