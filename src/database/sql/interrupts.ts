import { INTERRUPT_ORDER, interruptFields } from '../interrupt-row.js';
import type { Dialect } from './dialect.js';
import type { Parameters } from './statement.js';

/** How a dialect makes JSON of rows. */
export type Json = Pick<Dialect<Parameters, unknown>, 'json' | 'jsonRows'>;

/** The pending questions of session `s` as JSON text; null where it is not interrupted. */
export function pendingInterrupts({ json, jsonRows }: Json): string {
  return `CASE WHEN s.status = 'interrupted' THEN (
    SELECT ${jsonRows(interruptFields(json('i.payload')), INTERRUPT_ORDER)} FROM agent_interrupt i
    WHERE i.turn_id = s.current_turn_id AND i.status = 'pending') END`;
}
