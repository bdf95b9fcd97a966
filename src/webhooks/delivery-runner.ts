import { Inject, Injectable, Logger } from '@nestjs/common';

import { Facts } from '../facts/facts.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { type SpanDescription, Tracing } from '../telemetry/tracing.js';
import { ATTEMPT_TIMEOUT_MS, attemptDelivery } from './delivery-attempt.js';
import { deliveryBody } from './delivery-body.js';
import type { DeliveryTarget } from './delivery-target.js';
import {
  type AttemptOutcome,
  type ClaimedDelivery,
  DELIVERY_STORE,
  type DeliveryStore,
} from './delivery.store.js';

/** How long a process holds a claimed delivery: one attempt, and time to read and record it. */
const CLAIM_TTL_MS = ATTEMPT_TIMEOUT_MS + 10_000;

/** The outcome of a delivery whose attempts are used up. */
const GIVEN_UP: AttemptOutcome = { status: 'failed' };

/** Makes one attempt of a delivery, from claim to record. */
@Injectable()
export class DeliveryRunner {
  private readonly logger = new Logger(DeliveryRunner.name);

  constructor(
    private readonly facts: Facts,
    private readonly tracing: Tracing,
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /**
   * Attempts a delivery if it is due; `stop` cuts the attempt off. Returns milliseconds until it is due again;
   * undefined if it is not due or another process handles it. Never rejects.
   */
  async run(id: string, target: DeliveryTarget, stop: AbortSignal): Promise<number | undefined> {
    try {
      const { retryDelays } = this.options.webhooks;
      const claimed = await this.deliveries.claim(id, { time: CLAIM_TTL_MS, retryDelays });
      if (!claimed) return undefined;
      const outcome = claimed.exhausted ? GIVEN_UP : await this.attempt(claimed, target, stop);
      if (!outcome) {
        await this.deliveries.release(claimed);
        return undefined;
      }
      if (!(await this.deliveries.record(claimed, outcome))) return undefined;
      this.publish(claimed, outcome);
      const error = errorOf(claimed, outcome);
      if (outcome.status === 'failed') this.logger.warn(`Giving up ${label(claimed)}: ${error}`);
      else this.logger.debug(`${outcome.status}: ${label(claimed)}${error === '' ? '' : `: ${error}`}`);
      return outcome.retryIn;
    } catch (error) {
      // Nothing is recorded, so the delivery is due again when the claim expires.
      this.logger.warn(`The attempt to deliver ${id} was interrupted: ${String(error)}`);
      return undefined;
    }
  }

  private async attempt(
    claimed: ClaimedDelivery,
    target: DeliveryTarget,
    stop: AbortSignal,
  ): Promise<AttemptOutcome | undefined> {
    const span = spanOf(claimed, this.options.name);
    return this.tracing.inSpan('agent_sessions.delivery', span, async (notes) => {
      // Without an address, nothing is read.
      const body = target.error ? [] : await deliveryBody(claimed, this.deliveries);
      const outcome = await attemptDelivery(claimed, { body, target }, this.options.webhooks, stop);
      if (!outcome?.attempt) return undefined;
      const { status_code: statusCode, error } = outcome.attempt;
      notes.set({ 'http.response.status_code': statusCode ?? undefined });
      if (error !== null) notes.fail(String(statusCode ?? 'no_response'), error);
      return outcome;
    });
  }

  private publish(claimed: ClaimedDelivery, outcome: AttemptOutcome): void {
    const { sessionId, turnId, owner } = claimed;
    const made = { attempt: claimed.tries, statusCode: outcome.attempt?.status_code ?? undefined };
    const about = { sessionId, turnId, deliveryId: claimed.id, owner, ...made };
    const error = errorOf(claimed, outcome);
    switch (outcome.status) {
      case 'delivered':
        this.facts.publish({ type: 'delivery.delivered', ...about });
        break;
      case 'pending':
        this.facts.publish({ type: 'delivery.retrying', ...about, error, retryIn: outcome.retryIn ?? 0 });
        break;
      case 'failed':
        this.facts.publish({ type: 'delivery.failed', ...about, error });
    }
  }
}

/** The reason for the last failure of a delivery; empty if it has none. */
function errorOf({ attempts }: ClaimedDelivery, { attempt }: AttemptOutcome): string {
  return (attempt ?? attempts.at(-1))?.error ?? '';
}

/** For a row with an unreadable URL. */
const NO_URL = { hostname: '', port: '', protocol: 'http:' };

function spanOf(claimed: ClaimedDelivery, module: string): SpanDescription {
  const { hostname, port, protocol } = URL.canParse(claimed.url) ? new URL(claimed.url) : NO_URL;
  return {
    kind: 'client',
    attributes: {
      'agent_sessions.module': module,
      'agent_sessions.session.id': claimed.sessionId,
      'agent_sessions.turn.id': claimed.turnId,
      'agent_sessions.delivery.id': claimed.id,
      'agent_sessions.delivery.attempt': claimed.tries,
      'http.request.method': 'POST',
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    },
    cause: claimed.traceparent,
    // The receiver belongs to others, so the host's trace context is not propagated to it.
    sealed: true,
  };
}

function label({ id, sessionId, turnId, tries }: ClaimedDelivery): string {
  return `session ${sessionId} turn ${turnId} delivery ${id} try ${tries}`;
}
