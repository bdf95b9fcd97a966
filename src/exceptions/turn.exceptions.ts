import type { SessionInterrupt } from '../interrupts/interrupt.js';
import { AgentSessionsException, shortenId } from './agent-sessions.exception.js';

/** 404: the session has no such turn. */
export class TurnNotFoundException extends AgentSessionsException {
  constructor(turnId: string) {
    super(404, 'turn_not_found', `Turn ${shortenId(turnId)} not found`);
  }
}

/** 409: the session has an unfinished turn, whose id is in the body; with its questions if it waits for a person. */
export class SessionBusyException extends AgentSessionsException {
  constructor(sessionId: string, turnId: string, interrupts: SessionInterrupt[] | null = null) {
    const what = interrupts ? `waits for answers to turn ${turnId}` : `is still busy with turn ${turnId}`;
    const details = { turn_id: turnId, ...(interrupts ? { interrupts } : {}) };
    super(409, 'session_busy', `Session ${sessionId} ${what}`, details);
  }
}

/** 409: the session waits for no answer. */
export class SessionNotInterruptedException extends AgentSessionsException {
  constructor(sessionId: string) {
    super(409, 'session_not_interrupted', `Session ${sessionId} is not interrupted`);
  }
}

/** 404: the session has no such pending interrupt; it may have been answered, or its time is over. */
export class InterruptNotFoundException extends AgentSessionsException {
  constructor(interruptId: string) {
    super(404, 'interrupt_not_found', `Interrupt ${shortenId(interruptId)} not found`);
  }
}

/** 409: the session has no unfinished turn to cancel. */
export class NothingRunningException extends AgentSessionsException {
  constructor(sessionId: string) {
    super(409, 'nothing_running', `Session ${sessionId} has no unfinished turn`);
  }
}

/** 409: the given turn is not the unfinished one. */
export class TurnMismatchException extends AgentSessionsException {
  constructor(sessionId: string, turnId: string) {
    super(409, 'turn_mismatch', `The unfinished turn of session ${sessionId} is ${turnId}`, {
      turn_id: turnId,
    });
  }
}
