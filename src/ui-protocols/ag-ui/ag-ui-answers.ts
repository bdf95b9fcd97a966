import { Injectable } from '@nestjs/common';

import type { IdentifiedMessage } from '../../messages/chat-message.js';
import type { SessionScope } from '../../owners/session-scope.js';
import { EventCalls } from '../../sessions/event-calls.js';
import type { MessageRequest } from '../../sessions/session-calls.js';
import type { OwnedSession } from '../../sessions/session.js';
import { TurnReads } from '../../sessions/turn-reads.js';
import { decideAgUi } from '../acceptance/decide-ag-ui.js';
import { frame } from '../frame.js';
import { type Accepted, UiAcceptance } from '../sessions/ui-acceptance.js';
import { StreamCut } from '../stream-cut.js';
import { TurnView, type ViewFrom } from '../sessions/turn-view.js';
import { UiHistories } from '../sessions/ui-histories.js';
import { UiSessions } from '../sessions/ui-sessions.js';
import { messagesOf } from '../shown/messages-of.js';
import type { ShownMessage } from '../shown/shown-message.js';
import { splitAtQuestion } from '../shown/split-at-question.js';
import type { AgUiEvent, SnapshotPlace } from './ag-ui-event.js';
import type { AgUiInput } from './ag-ui-input.js';
import { agUiInterrupt } from './ag-ui-interrupt.js';
import { agUiMessages, agUiShownMessages } from './ag-ui-messages.js';
import { AgUiRun } from './ag-ui-run.js';
import { recordedAgUiMessages } from './recorded-messages.js';

/** What an answer is about. */
interface About {
  run: AgUiRun;
  scope: SessionScope;
  sessionId: string;
}

/** Answers AG-UI requests with the frames of an event stream. */
@Injectable()
export class AgUiAnswers {
  constructor(
    private readonly acceptance: UiAcceptance,
    private readonly sessions: UiSessions,
    private readonly histories: UiHistories,
    private readonly events: EventCalls,
    private readonly turns: TurnReads,
  ) {}

  /** Carries out the request. What it throws is to be answered as JSON; afterwards there is a stream. */
  async open(
    input: AgUiInput,
    scope: SessionScope,
    signal: AbortSignal,
    check: (message: MessageRequest) => void,
  ): Promise<AsyncGenerator<string, void>> {
    const { threadId, runId, message, resume } = input;
    const accepted = await this.acceptance.accept({
      clientId: threadId,
      scope,
      signal,
      asked: async (session) => message && this.sessions.askedBy(message.id, session, scope),
      decide: (standing) => decideAgUi({ runId, resume, hasNewest: message?.isLast ?? false }, standing),
      message: () => {
        const { id: messageId, request } = message ?? { id: '', request: {} };
        check(request);
        return { request, client: { messageId, runId } };
      },
    });
    return this.answer(accepted, input, scope, signal);
  }

  private async answer(
    accepted: Accepted,
    input: AgUiInput,
    scope: SessionScope,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<string, void>> {
    const run = new AgUiRun(input);
    switch (accepted.kind) {
      case 'nothing':
        return this.standing({ run, scope, sessionId: accepted.session?.session_id ?? '' }, accepted.session);
      case 'failed': {
        const { sessionId, turnId } = accepted;
        const { error, code } = await this.turns.get(sessionId, turnId, scope);
        const failed = { kind: 'failed', error: error ?? '', code: code ?? 'agent_error' } as const;
        return framesOf([...run.start(), ...run.write(failed)] as AgUiEvent[]);
      }
      case 'waiting': {
        const { session, turnId } = accepted;
        // Its snapshot leaves out what follows as events, also the results that the client has.
        const whole = new AgUiRun({ ...input, answeredCalls: new Set() });
        const about = { run: whole, scope, sessionId: session.session_id };
        const view = await this.view(
          { ...about, turnId },
          { from: 'replay', until: session.last_event_id },
          signal,
        );
        return this.waiting(about, turnId, session, view);
      }
      case 'turn': {
        const about = { run, scope, sessionId: accepted.sessionId };
        const { turnId } = accepted;
        const view = await this.view({ ...about, turnId }, accepted.view, signal);
        return this.turn(about, turnId, view, restates(accepted.view, view, input));
      }
    }
  }

  private async view(
    { sessionId, turnId, scope }: About & { turnId: string },
    from: ViewFrom,
    signal: AbortSignal,
  ): Promise<TurnView> {
    return TurnView.open(await this.events.open(sessionId, { ...scope, turn: turnId, signal }), from);
  }

  /** The history, and the message of the last turn if that has failed: it may be run again. */
  private async *standing(about: About, session: OwnedSession | undefined): AsyncGenerator<string, void> {
    const { run, scope } = about;
    yield* framesOf(run.start());
    if (session) {
      const { session_id: id, turn_id: turnId, status } = session;
      const hasFailed = status === 'error' && turnId !== null;
      const open = hasFailed
        ? { turnId, message: await this.histories.message(id, turnId, scope) }
        : undefined;
      yield* this.snapshot(about, open);
    }
    yield* framesOf(run.finish({ type: 'success' }));
  }

  private async *waiting(
    about: About,
    turnId: string,
    session: OwnedSession,
    view: TurnView,
  ): AsyncGenerator<string, void> {
    const { run } = about;
    const pending = session.interrupts ?? [];
    const { before, pieces } = splitAtQuestion(messagesOf(view.actions), pending);
    try {
      yield* framesOf(run.start());
      yield* this.snapshot(about, await this.unrecorded(about, turnId, before));
      for (const piece of pieces) yield* this.put(about, turnId, run.write(piece));
      const interrupts = pending.map(agUiInterrupt);
      yield* framesOf(
        run.finish(interrupts.length > 0 ? { type: 'interrupt', interrupts } : { type: 'success' }),
      );
    } finally {
      await view.close();
    }
  }

  private async *turn(
    about: About,
    turnId: string,
    view: TurnView,
    restates: boolean,
  ): AsyncGenerator<string, void> {
    const { run } = about;
    const put = (events: (AgUiEvent | SnapshotPlace)[]) => this.put(about, turnId, events);
    try {
      yield* framesOf(run.start());
      const last = view.hasEnded ? view.actions.at(-1) : undefined;
      if (restates && last?.kind === 'completed') {
        yield* this.snapshot(about);
        yield* framesOf(run.finish({ type: 'success' }, last.usage));
        return;
      }
      const before = last ? view.actions.slice(0, -1) : view.actions;
      if (restates) yield* this.snapshot(about, await this.unrecorded(about, turnId, messagesOf(before)));
      run.skip(before);
      if (last) yield* put(run.write(last));
      for await (const action of view.changes()) yield* put(run.write(action));
      if (!view.hasEnded) {
        const [error] = run.fail('The stream was closed; run the agent again to go on', 'stream_closed');
        throw new StreamCut(error && frame(error));
      }
    } finally {
      await view.close();
    }
  }

  private async *put(
    about: About,
    turnId: string,
    events: (AgUiEvent | SnapshotPlace)[],
  ): AsyncGenerator<string, void> {
    for (const event of events) {
      if (event.type !== 'snapshot') yield frame(event);
      else if (event.ofTurn) yield* this.snapshot(about, await this.unrecorded(about, turnId, event.ofTurn));
      else yield* this.snapshot(about);
    }
  }

  private async unrecorded({ sessionId, scope }: About, turnId: string, shown: ShownMessage[]) {
    return { turnId, message: await this.histories.message(sessionId, turnId, scope), shown };
  }

  /** A MESSAGES_SNAPSHOT, piece by piece: the history, and a turn that is not recorded. */
  private async *snapshot(
    { sessionId, scope }: About,
    open?: { turnId: string; message: IdentifiedMessage; shown?: ShownMessage[] },
  ): AsyncGenerator<string, void> {
    let separator = '';
    yield 'data: {"type":"MESSAGES_SNAPSHOT","messages":[';
    for await (const turn of this.histories.turns(sessionId, scope, open?.turnId)) {
      for (const message of recordedAgUiMessages(turn)) {
        yield separator + JSON.stringify(message);
        separator = ',';
      }
    }
    const last = open
      ? [...agUiMessages(open.message), ...(open.shown ?? []).flatMap(agUiShownMessages)]
      : [];
    for (const message of last) {
      yield separator + JSON.stringify(message);
      separator = ',';
    }
    yield ']}\n\n';
  }
}

/** Whether the client's messages are to be replaced by what the server has, because they differ. */
function restates({ from }: ViewFrom, view: TurnView, input: AgUiInput): boolean {
  switch (from) {
    case 'replay':
      return true;
    case 'later':
      return !messagesOf(view.actions).every(({ id }) => input.messageIds.has(id));
    case 'start':
      // It may have a partial answer of a turn that failed.
      return input.message?.isLast !== true;
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- It is the form of all answers.
async function* framesOf(events: AgUiEvent[]): AsyncGenerator<string, void> {
  for (const event of events) yield frame(event);
}
