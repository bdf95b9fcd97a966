import type { SessionEvent } from './session-event.js';

/** The type of an event of ours. */
export type EventType = SessionEvent['type'];

/** Our events that stay in the log as long as the session; the others of a turn go some time after its end. */
export const LASTING_TYPES = Object.keys({
  'turn.queued': true,
  'turn.started': true,
  'tool.call': true,
  'tool.result': true,
  'step.completed': true,
  'turn.interrupted': true,
  'turn.resumed': true,
  'turn.requeued': true,
  'turn.completed': true,
  'turn.failed': true,
} satisfies Record<
  Exclude<EventType, 'message.delta' | 'reasoning.delta' | 'session.deleted'>,
  true
>) as readonly EventType[];

/** The prefixes of types that an agent may not use. */
export const RESERVED_PREFIXES = [
  'turn.',
  'session.',
  'message.',
  'reasoning.',
  'tool.',
  'step.',
  'interrupt.',
] as const;

/** Whether it is the last event of its turn. */
export function endsTurn(type: string): boolean {
  return type === 'turn.completed' || type === 'turn.failed';
}
