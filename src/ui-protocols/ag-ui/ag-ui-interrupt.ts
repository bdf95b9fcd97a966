import { USER_INPUT_SCHEMA } from '../../interrupts/conventions.js';
import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import { approvalCall } from '../shown/interrupt-view.js';
import type { AgUiInterrupt } from './ag-ui-event.js';

/**
 * The schema of an answer to a `tool_approval`. More keywords than these would switch off the buttons of
 * assistant-ui.
 */
const APPROVAL_SCHEMA = {
  type: 'object',
  properties: { approved: { type: 'boolean' }, reason: { type: 'string' } },
  required: ['approved'],
};

/** Prefix of the reasons that AG-UI does not know. */
const OWN_REASON = 'agent-sessions:';

/** An interrupt in AG-UI's form. */
export function agUiInterrupt(interrupt: SessionInterrupt): AgUiInterrupt {
  const { interrupt_id: id, type, payload, expires_at: expiresAt } = interrupt;
  const { message } = payload;
  const call = approvalCall(interrupt);
  return {
    id,
    ...(typeof message === 'string' ? { message } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(call
      ? { reason: 'tool_call', toolCallId: call.callId, responseSchema: APPROVAL_SCHEMA }
      : reasonOf(type)),
    metadata: payload,
  };
}

function reasonOf(type: string): Pick<AgUiInterrupt, 'reason' | 'responseSchema'> {
  if (type !== 'user_input') return { reason: `${OWN_REASON}${type}` };
  return { reason: 'input_required', responseSchema: USER_INPUT_SCHEMA };
}
