import type { DeliveryAttempt } from './delivery.js';
import type { AttemptOutcome, ClaimedDelivery } from './delivery.store.js';
import { retryDelay } from './retry-schedule.js';
import { postWebhook } from './webhook-request.js';
import { webhookHeaders } from './webhook-signature.js';

/** How long one attempt may take, in ms. */
export const ATTEMPT_TIME = 10_000;

/** The receiver is gone for good, it says. */
const GONE = 410;

/** The host's settings of deliveries. */
export interface DeliverySettings {
  secrets: string[];
  /** For messages that this process accepts; workers heed what the delivery says. */
  allowPrivateAddresses: boolean;
  retryDelays: readonly number[];
}

/** Makes one attempt; undefined where `stop` cut it off, so that nothing is known of it. */
export async function attemptDelivery(
  delivery: ClaimedDelivery,
  { secrets, retryDelays }: Pick<DeliverySettings, 'secrets' | 'retryDelays'>,
  stop: AbortSignal,
): Promise<AttemptOutcome | undefined> {
  const body = JSON.stringify(delivery.payload);
  const at = new Date();
  const began = performance.now();
  const timeout = AbortSignal.timeout(ATTEMPT_TIME);
  const attempt: DeliveryAttempt = { at: at.toISOString(), status_code: null, error: null, duration_ms: 0 };
  let retryAfter: number | undefined;
  try {
    const response = await postWebhook({
      url: delivery.url,
      headers: {
        'Content-Type': 'application/json',
        ...(delivery.token === null ? {} : { Authorization: `Bearer ${delivery.token}` }),
        ...webhookHeaders(secrets, delivery.id, body, at),
      },
      body,
      signal: AbortSignal.any([timeout, stop]),
      allowPrivateAddresses: delivery.allowPrivateAddresses,
    });
    attempt.status_code = response.statusCode;
    retryAfter = response.retryAfter;
    if (!isSuccess(response.statusCode)) attempt.error = `The receiver answered ${response.statusCode}`;
  } catch (error) {
    if (stop.aborted) return undefined;
    attempt.error = timeout.aborted ? `No answer within ${ATTEMPT_TIME / 1000} s` : describe(error);
  }
  attempt.duration_ms = Math.round(performance.now() - began);
  if (attempt.error === null) return { attempt, status: 'delivered' };
  const retryIn =
    attempt.status_code === GONE ? undefined : retryDelay(retryDelays, delivery.tries, retryAfter);
  return retryIn === undefined ? { attempt, status: 'failed' } : { attempt, status: 'pending', retryIn };
}

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** One line without the request, which holds the token. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'The request failed';
  if (error instanceof AggregateError) return describe(error.errors[0]);
  return error.message.split('\n', 1)[0] ?? error.name;
}
