import type { InterruptPayload } from '../agents/agent.js';
import type { SessionInterrupt } from '../interrupts/interrupt.js';
import { toIso } from './columns.js';

/** A pending question, as the statements select it into JSON. */
export interface StoredInterrupt {
  id: string;
  payload: InterruptPayload;
  expires_at: number | null;
}

/** The fields of a question `i` for `jsonRows`; `payload` is its column as JSON. */
export function interruptFields(payload: string): Record<keyof StoredInterrupt, string> {
  return { id: 'i.id', payload, expires_at: 'i.expires_at' };
}

/** The order in which questions were asked. */
export const INTERRUPT_ORDER = 'i.attempt, i.place';

/** The pending questions from their JSON text, in the API's format; null without any. */
export function toInterrupts(json: string | null): SessionInterrupt[] | null {
  if (json === null) return null;
  return (JSON.parse(json) as StoredInterrupt[]).map(({ id, payload, expires_at }) => ({
    interrupt_id: id,
    type: payload.type,
    payload,
    ...(expires_at === null ? {} : { expires_at: toIso(expires_at) }),
  }));
}
