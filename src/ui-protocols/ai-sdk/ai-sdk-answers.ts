import { Injectable } from '@nestjs/common';

import type { SessionScope } from '../../owners/session-scope.js';
import { EventCalls } from '../../sessions/event-calls.js';
import type { MessageRequest } from '../../sessions/session-calls.js';
import { decideAiSdk } from '../acceptance/decide-ai-sdk.js';
import { frame } from '../frame.js';
import { StreamCut } from '../stream-cut.js';
import { TurnView, type ViewFrom } from '../sessions/turn-view.js';
import { UiAcceptance } from '../sessions/ui-acceptance.js';
import { UiHistories } from '../sessions/ui-histories.js';
import { UiSessions } from '../sessions/ui-sessions.js';
import type { ChatRequest } from './chat-request.js';
import type { UiChunk } from './ui-chunk.js';
import { assistantMessage, inputMessage, recordedUiMessages } from './ui-history.js';
import type { UiMessage } from './ui-message.js';
import { UiStream } from './ui-stream.js';

/** The end of every stream that has come to its end. */
const DONE = 'data: [DONE]\n\n';

/** Answers requests of the AI SDK with the frames of a UI message stream. */
@Injectable()
export class AiSdkAnswers {
  constructor(
    private readonly acceptance: UiAcceptance,
    private readonly sessions: UiSessions,
    private readonly histories: UiHistories,
    private readonly events: EventCalls,
  ) {}

  /** Carries out the request. What it throws is to be answered as JSON; afterwards there is a stream. */
  async open(
    chat: ChatRequest,
    scope: SessionScope,
    signal: AbortSignal,
    check: (message: MessageRequest) => void,
  ): Promise<AsyncGenerator<string, void>> {
    const { messageId, isUsers, request } = chat;
    const accepted = await this.acceptance.accept({
      clientId: chat.chatId,
      scope,
      signal,
      asked: (session) =>
        isUsers
          ? this.sessions.askedBy(messageId, session, scope)
          : this.sessions.turn(messageId, session, scope),
      decide: (standing) => decideAiSdk(chat, standing),
      message: () => {
        check(request);
        return { request, client: { messageId } };
      },
    });
    switch (accepted.kind) {
      case 'turn':
        return this.stream(accepted.sessionId, accepted.turnId, accepted.view, scope, signal);
      case 'waiting': {
        const { session, turnId } = accepted;
        const view = { from: 'later', until: session.last_event_id } as const;
        return this.stream(session.session_id, turnId, view, scope, signal, true);
      }
      case 'failed':
      case 'nothing':
        throw new Error(`An AI SDK request cannot lead to ${accepted.kind}`);
    }
  }

  /** The stream of the running turn, from its beginning; undefined if none is running. */
  async resume(
    chatId: string,
    scope: SessionScope,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<string, void> | undefined> {
    const { id, session } = await this.sessions.find(chatId, scope);
    if (session?.status !== 'running' || session.turn_id === null) return undefined;
    return this.stream(id, session.turn_id, { from: 'replay', until: session.last_event_id }, scope, signal);
  }

  /** The messages that a page loads first, batch by batch. */
  async *messages(chatId: string, scope: SessionScope): AsyncGenerator<UiMessage[], void> {
    const { id, session } = await this.sessions.find(chatId, scope);
    if (!session) return;
    const { turn_id: turnId, status } = session;
    const open = status === 'idle' ? null : turnId;
    for await (const turn of this.histories.turns(id, scope, open)) yield recordedUiMessages(id, turn);
    if (open === null) return;
    yield [inputMessage(id, open, await this.histories.message(id, open, scope))];
    if (status !== 'interrupted') return;
    const view = await this.view(id, open, { from: 'replay', until: session.last_event_id }, scope);
    await view.close();
    yield [assistantMessage(id, open, view.actions)];
  }

  private async stream(
    sessionId: string,
    turnId: string,
    from: ViewFrom,
    scope: SessionScope,
    signal: AbortSignal,
    isWaiting = false,
  ): Promise<AsyncGenerator<string, void>> {
    const view = await this.view(sessionId, turnId, from, scope, signal);
    const stream = new UiStream(sessionId, turnId);
    return (async function* () {
      try {
        yield* framesOf(stream.start());
        if (from.from === 'later') stream.skip(view.actions);
        else for (const action of view.actions) yield* framesOf(stream.write(action));
        if (isWaiting) yield* framesOf(stream.waiting());
        else for await (const action of view.changes()) yield* framesOf(stream.write(action));
        // A client resumes after a reset, but takes a clean end for the turn's.
        if (!isWaiting && !view.hasEnded) throw new StreamCut();
        yield DONE;
      } finally {
        await view.close();
      }
    })();
  }

  private async view(
    sessionId: string,
    turn: string,
    from: ViewFrom,
    scope: SessionScope,
    signal?: AbortSignal,
  ): Promise<TurnView> {
    return TurnView.open(await this.events.open(sessionId, { ...scope, turn, signal }), from);
  }
}

function* framesOf(chunks: UiChunk[]): Generator<string> {
  for (const chunk of chunks) yield frame(chunk);
}
