import { SESSION_ID } from '../openapi/example-ids.js';
import { newSession, type Session } from '../../sessions/session.js';

/** A session as it is created. */
export const NEW_SESSION = newSession(SESSION_ID);

/** A session in each state. */
export const SESSION_EXAMPLES: Record<string, { summary: string; value: Session }> = {
  answered: {
    summary: 'The agent has answered',
    value: { ...NEW_SESSION, response: { role: 'assistant', content: 'hi there' } },
  },
  running: {
    summary: 'The agent is still at work',
    value: { ...NEW_SESSION, status: 'running' },
  },
  failed: {
    summary: 'The last turn has failed; a new message can be sent',
    value: { ...NEW_SESSION, status: 'error', error: 'Turn timed out after 60 s' },
  },
  interrupted: {
    summary: 'The agent waits for a person',
    value: {
      ...NEW_SESSION,
      status: 'interrupted',
      interrupts: [
        {
          interrupt_id: 'c3d4f0a2-6f0e-4a39-9b1d-2f3e4d5c6b7a',
          type: 'tool_approval',
          payload: { type: 'tool_approval', tool_name: 'refund', tool_args: { order: 17 } },
        },
      ],
    },
  },
};
