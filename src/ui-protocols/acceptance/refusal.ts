import {
  type AgentSessionsException,
  SessionBusyException,
  SessionNotInterruptedException,
  ValidationFailedException,
} from '../../exceptions/index.js';
import type { Refusal, Standing } from './decision.js';

/** The error that answers a refused request. */
export function refusal(
  why: Refusal,
  sessionId: string,
  { open, interrupts }: Standing,
): AgentSessionsException {
  switch (why) {
    case 'answers_missing': {
      const ids = interrupts.map(({ interrupt_id: id }) => id).join(', ');
      return new ValidationFailedException([`resume must answer every pending interrupt: ${ids}`]);
    }
    case 'cannot_regenerate':
      return new ValidationFailedException([
        'trigger must not be regenerate-message for a message whose turn has completed',
      ]);
    case 'busy':
    case 'nothing_answered':
      return open
        ? new SessionBusyException(sessionId, open.turnId, interrupts.length > 0 ? [...interrupts] : null)
        : new SessionNotInterruptedException(sessionId);
  }
}
