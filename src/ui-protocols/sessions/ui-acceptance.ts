import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';

import { AgentSessionsException, type ErrorCode } from '../../exceptions/index.js';
import type { SessionScope } from '../../owners/session-scope.js';
import { InterruptAnswers } from '../../sessions/interrupt-answers.js';
import type { MessageRequest } from '../../sessions/session-calls.js';
import type { OwnedSession } from '../../sessions/session.js';
import { TurnCalls } from '../../sessions/turn-calls.js';
import { pause } from '../../timing/timers.js';
import { DATA_SOURCE } from '../../transactions/data-source.js';
import type { ClientNames, ClientTurn } from '../../turns/turn-read.store.js';
import type { Answer, Decision, Standing } from '../acceptance/decision.js';
import { refusal } from '../acceptance/refusal.js';
import { acceptanceKey } from './derived-id.js';
import type { ViewFrom } from './turn-view.js';
import { type FoundSession, UiSessions } from './ui-sessions.js';

/** A request of a client, as far as its acceptance goes. */
export interface UiRequest {
  clientId: string;
  scope: SessionScope;
  /** Aborted when the client disconnects. */
  signal: AbortSignal;
  /** The turn that the request is about. */
  asked(session: OwnedSession): Promise<ClientTurn | undefined>;
  decide(standing: Standing): Decision;
  /** The message that it would send. Throws if the client may not send it. */
  message(): { request: MessageRequest; client: ClientNames };
}

/** What a request has led to, and so what its answer shows. */
export type Accepted =
  | { kind: 'turn'; sessionId: string; turnId: string; view: ViewFrom }
  /** The turn waits for answers. */
  | { kind: 'waiting'; session: OwnedSession; turnId: string }
  /** The turn has failed or was cancelled. */
  | { kind: 'failed'; sessionId: string; turnId: string }
  /** No turn is unfinished; the session may not exist. */
  | { kind: 'nothing'; session?: OwnedSession | undefined };

/** How often a request is looked at again because the session has changed in between. */
const MAX_TRIES = 3;

/** What is answered while the same message is being accepted: how it goes is known soon. */
const SAME = 'idempotency_in_progress';
const WAIT_MS = 50;
const MAX_WAITS = 100;

/** What is answered if the session has changed since it was looked at. */
const RACES: readonly ErrorCode[] = [
  'session_busy',
  'session_not_found',
  'session_not_interrupted',
  'interrupt_not_found',
  'nothing_running',
  'turn_mismatch',
];

/** Accepts the requests of the UI protocols. */
@Injectable()
export class UiAcceptance {
  constructor(
    private readonly sessions: UiSessions,
    private readonly calls: TurnCalls,
    private readonly answers: InterruptAnswers,
    @Inject(DATA_SOURCE) private readonly dataSource: DataSource,
  ) {}

  async accept(request: UiRequest): Promise<Accepted> {
    for (let tries = 1; ; tries++) {
      const found = await this.sessions.find(request.clientId, request.scope);
      const standing = await this.standing(found, request);
      const decision = request.decide(standing);
      if (decision.do === 'refuse') throw refusal(decision.why, found.id, standing);
      try {
        return await this.carryOut(decision, found, request);
      } catch (error) {
        if (!isAnyOf(error, tries < MAX_TRIES ? [...RACES, SAME] : [SAME]) || tries === MAX_WAITS)
          throw error;
        if (isAnyOf(error, [SAME])) await pause(WAIT_MS, request.signal);
      }
    }
  }

  private async standing({ session }: FoundSession, request: UiRequest): Promise<Standing> {
    if (!session) return { interrupts: [] };
    const { status, turn_id: turnId, interrupts } = session;
    const isOpen = (status === 'running' || status === 'interrupted') && turnId !== null;
    return {
      open: isOpen ? { turnId, status } : undefined,
      interrupts: interrupts ?? [],
      asked: await request.asked(session),
    };
  }

  private async carryOut(
    decision: Exclude<Decision, { do: 'refuse' }>,
    { id, session }: FoundSession,
    request: UiRequest,
  ): Promise<Accepted> {
    if (decision.do === 'send') return this.send(request, decision.after?.turnId);
    if (!session || decision.do === 'nothing') return { kind: 'nothing', session };
    const { turnId } = decision;
    const until = session.last_event_id;
    const later: Accepted = { kind: 'turn', sessionId: id, turnId, view: { from: 'later', until } };
    switch (decision.do) {
      case 'show':
        return { ...later, view: { from: 'replay', until } };
      case 'wait':
        return { kind: 'waiting', session, turnId };
      case 'report':
        return { kind: 'failed', sessionId: id, turnId };
      case 'cancel':
        await this.calls.cancel(id, { turn_id: turnId }, request.scope);
        return later;
      case 'resume': {
        const isLast = await this.answer(id, decision.answers, request.scope);
        if (isLast) return later;
        const { session: now = session } = await this.sessions.find(id, request.scope);
        return { kind: 'waiting', session: now, turnId };
      }
    }
  }

  private async send(request: UiRequest, failedTurnId: string | undefined): Promise<Accepted> {
    const { request: message, client } = request.message();
    const { id } = await this.sessions.open(request.clientId, request.scope);
    const { turn_id: turnId } = await this.calls.send(id, message, {
      ...request.scope,
      client,
      idempotencyKey: acceptanceKey(client.messageId, failedTurnId),
    });
    return { kind: 'turn', sessionId: id, turnId, view: { from: 'start' } };
  }

  /** Records all answers or none. Returns whether the turn goes on. */
  private async answer(sessionId: string, answers: Answer[], { owner }: SessionScope): Promise<boolean> {
    const record = async (manager?: EntityManager) => {
      let status = 'interrupted';
      for (const { interruptId, value } of answers) {
        const answer = { interrupt_id: interruptId, value };
        ({ status } = await this.answers.resume(sessionId, answer, { owner, manager }));
      }
      return status === 'running';
    };
    return answers.length === 1 ? record() : this.dataSource.transaction(record);
  }
}

function isAnyOf(error: unknown, codes: readonly ErrorCode[]): boolean {
  return error instanceof AgentSessionsException && codes.includes(error.code);
}
