import { Inject, Injectable, Logger } from '@nestjs/common';

import { Facts } from '../facts/facts.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { type SpanDescription, Tracing } from '../telemetry/tracing.js';
import { ATTEMPT_TIME, attemptDelivery } from './delivery-attempt.js';
import { deliveryBody } from './delivery-body.js';
import type { DeliveryTarget } from './delivery-target.js';
import {
  type AttemptOutcome,
  type ClaimedDelivery,
  DELIVERY_STORE,
  type DeliveryStore,
} from './delivery.store.js';

/** For how long a claimed delivery belongs to its process, in ms: an attempt, and time to read and to record it. */
const CLAIM_TIME = ATTEMPT_TIME + 10_000;

/** What becomes of a delivery whose attempts are used up. */
const GIVEN_UP: AttemptOutcome = { status: 'failed' };

/** Makes one attempt of a delivery, from its claim to its record. */
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
   * Attempts a delivery if it is due; `stop` cuts the attempt off. Milliseconds until it is due again, undefined where
   * it is not or where others see to that. Never rejects.
   */
  async run(id: string, target: DeliveryTarget, stop: AbortSignal): Promise<number | undefined> {
    try {
      const { retryDelays } = this.options.webhooks;
      const claimed = await this.deliveries.claim(id, { time: CLAIM_TIME, retryDelays });
      if (!claimed) return undefined;
      const outcome = claimed.exhausted ? GIVEN_UP : await this.attempt(claimed, target, stop);
      if (!outcome) {
        await this.deliveries.release(claimed);
        return undefined;
      }
      if (!(await this.deliveries.record(claimed, outcome))) return undefined;
      this.publish(claimed, outcome);
      const error = errorOf(claimed, outcome);
      if (outcome.status === 'failed') this.logger.warn(`Given up: ${label(claimed)}: ${error}`);
      else this.logger.debug(`${outcome.status}: ${label(claimed)}${error === '' ? '' : `: ${error}`}`);
      return outcome.retryIn;
    } catch (error) {
      // Nothing is recorded, so that it is due again when the claim ends.
      this.logger.warn(`Delivery ${id} could not be made: ${String(error)}`);
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
      // Where its name is not known, nothing is read.
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

/** Why a delivery has failed, so far or for good; empty where it has not. */
function errorOf({ attempts }: ClaimedDelivery, { attempt }: AttemptOutcome): string {
  return (attempt ?? attempts.at(-1))?.error ?? '';
}

/** Of a row whose URL cannot be read. */
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
    // The receiver is a stranger, whom the host's traces do not concern.
    sealed: true,
  };
}

function label({ id, sessionId, turnId, tries }: ClaimedDelivery): string {
  return `session ${sessionId} turn ${turnId} delivery ${id} try ${tries}`;
}
