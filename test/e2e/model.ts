import { expect } from '@jest/globals';

import type { ChatMessage, Session } from '../../src/index.js';
import type { Answer } from '../support/client.js';
import type { HeldTurn, ScriptedAgent } from '../support/scripted-agent.js';
import { USED } from '../support/instants.js';
import type { TestApp } from '../support/stacks.js';

/** The expected state of a session. */
export interface ModelSession {
  id: string;
  isDeleted: boolean;
  session: Omit<Session, 'session_id' | keyof typeof USED>;
  history: ChatMessage[];
  /** Each turn's status and error. */
  turns: [string, string | null][];
  held?: HeldTurn;
  /** Long polls without an answer yet. */
  polls: Promise<Answer<Session>>[];
}

export interface Model {
  sessions: ModelSession[];
}

export interface Real {
  app: TestApp;
  agent: ScriptedAgent;
}

export const IDLE: ModelSession['session'] = {
  status: 'idle',
  response: null,
  error: null,
  interrupts: null,
};
export const NOT_FOUND = { status: 404, body: { code: 'session_not_found' } };

/** The turn ended with this outcome: exactly the waiting polls are answered. */
export async function settle(
  mine: ModelSession,
  ending: Partial<Session>,
  turn: [string, string | null],
): Promise<void> {
  mine.session = { ...IDLE, ...ending };
  mine.turns.splice(-1, 1, turn);
  mine.held = undefined;
  for (const { status, body } of await Promise.all(mine.polls.splice(0))) {
    expect([status, body]).toEqual([200, { session_id: mine.id, ...mine.session, ...USED }]);
  }
}

/** Cleans up after every outcome of a run. */
export async function cleanUp({ sessions }: Model, { app }: Real): Promise<void> {
  for (const { id } of sessions) await app.client.delete(id);
  await Promise.allSettled(sessions.flatMap(({ polls }) => polls));
}
