import { CREATED, INTERRUPT_ID, SESSION_ID, TURN_ID, UPDATED } from '../openapi/example-values.js';
import { newSession, type Session, type SessionSummary } from '../../sessions/session.js';

/** A session as it is created. */
export const NEW_SESSION: Session = newSession({ id: SESSION_ID, createdAt: CREATED });

/** The same after a message. */
const USED_SESSION: Session = { ...NEW_SESSION, turn_id: TURN_ID, updated_at: UPDATED, last_event_id: 3 };

/** A session in each state. */
export const SESSION_EXAMPLES: Record<string, { summary: string; value: Session }> = {
  answered: {
    summary: 'The agent has answered',
    value: { ...USED_SESSION, response: { role: 'assistant', content: 'hi there' } },
  },
  running: {
    summary: 'The agent is still at work',
    value: { ...USED_SESSION, status: 'running', last_event_id: 2 },
  },
  failed: {
    summary: 'The last turn has failed; a new message can be sent',
    value: { ...USED_SESSION, status: 'error', error: 'Turn timed out after 60 s' },
  },
  interrupted: {
    summary: 'The agent waits for a person',
    value: {
      ...USED_SESSION,
      status: 'interrupted',
      interrupts: [
        {
          interrupt_id: INTERRUPT_ID,
          type: 'tool_approval',
          payload: { type: 'tool_approval', tool_name: 'refund', tool_args: { order: 17 } },
        },
      ],
    },
  },
};

/** A session in a list. */
export const LISTED_SESSION: SessionSummary = {
  session_id: SESSION_ID,
  total_messages: 2,
  status: 'idle',
  metadata: { customer: 'c-17' },
  turn_id: TURN_ID,
  created_at: CREATED,
  updated_at: UPDATED,
};
