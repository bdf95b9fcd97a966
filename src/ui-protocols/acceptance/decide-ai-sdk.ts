import { callIdOf, approvalCall } from '../shown/interrupt-view.js';
import { isJsonObject } from '../../json/json-object.js';
import { type Answer, type Decision, hasFailed, type Standing } from './decision.js';

/** What matters of an AI SDK request. */
export interface AiSdkAsked {
  isRegeneration: boolean;
  /** Whether the last message is the user's; else it is an assistant's, which may hold answers. */
  isUsers: boolean;
  /** The parts of the assistant's message. */
  parts: readonly unknown[];
}

/** What an AI SDK request means. `standing.asked` is the turn of the last message, with any role. */
export function decideAiSdk(request: AiSdkAsked, standing: Standing): Decision {
  const { open, interrupts, asked } = standing;
  if (!request.isUsers) {
    const answers = interrupts.flatMap((interrupt) => answerTo(interrupt, request.parts));
    if (open && answers.length > 0) return { do: 'resume', turnId: open.turnId, answers };
    // Answered before: the same answer again is shown what has come of it.
    if (asked && asked.status !== 'interrupted') return { do: 'show', turnId: asked.turnId };
    return { do: 'refuse', why: 'nothing_answered' };
  }
  if (!asked) return open ? { do: 'refuse', why: 'busy' } : { do: 'send' };
  if (hasFailed(asked)) return open ? { do: 'refuse', why: 'busy' } : { do: 'send', after: asked };
  if (asked.status === 'completed' && request.isRegeneration) {
    return { do: 'refuse', why: 'cannot_regenerate' };
  }
  return { do: 'show', turnId: asked.turnId };
}

/** The answer to an interrupt that the parts of a message hold. */
function answerTo(interrupt: Standing['interrupts'][number], parts: readonly unknown[]): Answer[] {
  const interruptId = interrupt.interrupt_id;
  for (const part of parts) {
    if (!isJsonObject(part)) continue;
    if (approvalCall(interrupt)) {
      const { approval, state } = part;
      if (state !== 'approval-responded' || !isJsonObject(approval) || approval.id !== interruptId) continue;
      const { approved, reason } = approval;
      return [{ interruptId, value: { approved, ...(typeof reason === 'string' ? { reason } : {}) } }];
    }
    if (part.toolCallId === callIdOf(interrupt) && part.state === 'output-available') {
      return [{ interruptId, value: part.output ?? null }];
    }
  }
  return [];
}
