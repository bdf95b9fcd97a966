import { approvalCall } from '../shown/interrupt-view.js';
import { type Answer, type Decision, hasFailed, present, type Standing } from './decision.js';

/** What matters of an AG-UI request. */
export interface AgUiAsked {
  runId: string;
  resume: readonly { interruptId: string; status: 'resolved' | 'cancelled'; payload?: unknown }[];
  /** The last message, if it is a user's. */
  hasNewest: boolean;
}

/** What an AG-UI request means. The server owns the history: of the client's list, only the newest message counts. */
export function decideAgUi(request: AgUiAsked, standing: Standing): Decision {
  const { open, interrupts, asked } = standing;
  const pending = new Map(interrupts.map((interrupt) => [interrupt.interrupt_id, interrupt]));
  // An id that is not pending was answered before, or is unknown: skipped, as AG-UI wants it.
  const entries = request.resume.filter(({ interruptId }) => pending.has(interruptId));
  if (open && entries.length > 0) {
    const answered = new Set(entries.map(({ interruptId }) => interruptId));
    if (answered.size < pending.size) return { do: 'refuse', why: 'answers_missing' };
    const answers: Answer[] = [];
    for (const { interruptId, status, payload } of entries) {
      const interrupt = pending.get(interruptId);
      if (status === 'resolved') answers.push({ interruptId, value: payload ?? null });
      else if (interrupt && approvalCall(interrupt))
        answers.push({ interruptId, value: { approved: false } });
      else return { do: 'cancel', turnId: open.turnId };
    }
    return { do: 'resume', turnId: open.turnId, answers };
  }
  if (!asked) {
    if (!request.hasNewest) return present(standing);
    return open ? { do: 'refuse', why: 'busy' } : { do: 'send' };
  }
  if (asked.turnId === open?.turnId || !hasFailed(asked)) return present(standing);
  if (asked.runId === request.runId || request.resume.length > 0)
    return { do: 'report', turnId: asked.turnId };
  return open ? { do: 'refuse', why: 'busy' } : { do: 'send', after: asked };
}
