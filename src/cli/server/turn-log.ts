import type { AboutRun, AboutTurn } from '../../facts/fact.js';
import type { Facts } from '../../facts/facts.js';
import type { ServerLogger } from './server-logger.js';

/** What a line says of a turn, in the names of the JSON format. */
interface TurnFields {
  session_id: string;
  turn_id: string;
  attempt?: number;
  outcome?: 'completed' | 'failed' | 'cancelled' | 'requeued' | 'interrupted';
  reason?: string;
  waited_ms?: number;
  duration_ms?: number | undefined;
  total_tokens?: number | undefined;
}

/** Logs one line for each turn that is accepted, starts and ends, without any contents. */
export function logTurns(facts: Facts, logger: ServerLogger): void {
  const log = (what: string, fields: TurnFields) => {
    logger.facts(textOf(what, fields), fields, 'Turns');
  };
  facts.subscribe((fact) => {
    switch (fact.type) {
      case 'turn.queued':
        log('accepted', idsOf(fact));
        break;
      case 'turn.started':
        log('started', { ...runOf(fact), waited_ms: Math.round(fact.waited) });
        break;
      case 'turn.completed':
        log('completed', { ...runOf(fact), outcome: 'completed', total_tokens: fact.totalTokens });
        break;
      case 'turn.failed':
        log('failed', { ...runOf(fact), outcome: 'failed', reason: fact.reason });
        break;
      case 'turn.cancelled':
        log('cancelled', { ...idsOf(fact), outcome: 'cancelled' });
        break;
      case 'turn.interrupted':
        log('interrupted', { ...runOf(fact), outcome: 'interrupted', total_tokens: fact.totalTokens });
        break;
      case 'turn.resumed':
        log('resumed', idsOf(fact));
        break;
      case 'turn.requeued':
        log('requeued', { ...runOf(fact), outcome: 'requeued', reason: fact.reason });
        break;
      default:
      // About no turn.
    }
  });
}

function idsOf({ sessionId, turnId }: AboutTurn): TurnFields {
  return { session_id: sessionId, turn_id: turnId };
}

function runOf(run: AboutRun & { duration?: number | undefined }): TurnFields {
  const duration = run.duration === undefined ? undefined : Math.round(run.duration);
  return { ...idsOf(run), attempt: run.attempt, duration_ms: duration };
}

function textOf(what: string, fields: TurnFields): string {
  const { attempt, reason, duration_ms: duration, total_tokens: tokens } = fields;
  return [
    `Turn ${what}${reason === undefined ? '' : ` (${reason})`}:`,
    ` session ${fields.session_id} turn ${fields.turn_id}`,
    attempt === undefined ? '' : ` attempt ${attempt}`,
    duration === undefined ? '' : `, ${duration / 1000} s`,
    tokens === undefined ? '' : `, ${tokens} tokens`,
  ].join('');
}
