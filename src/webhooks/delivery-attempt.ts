import type { DeliverySettings } from '../options/webhook-options.js';
import type { DeliveryAttempt } from './delivery.js';
import type { AttemptOutcome, ClaimedDelivery } from './delivery.store.js';
import type { DeliveryTarget } from './delivery-target.js';
import { publicAddresses } from './public-address.js';
import { retryDelay } from './retry-schedule.js';
import { VERSION } from './version.js';
import { postWebhook, type WebhookResponse } from './webhook-request.js';
import { webhookHeaders } from './webhook-signature.js';

/** Time limit of one attempt, from the look-up of the name to the end of the response. */
export const ATTEMPT_TIMEOUT_MS = 10_000;

const USER_AGENT = `nestjs-agent-sessions/${VERSION}`;

/** 410 Gone: the receiver asks us to stop. */
const GONE = 410;

/** The content of a delivery and its destination. */
export interface OutgoingWebhook {
  body: readonly Buffer[];
  target: DeliveryTarget;
}

/** Makes one attempt; undefined if `stop` cut it off, because its outcome is then unknown. */
export async function attemptDelivery(
  delivery: ClaimedDelivery,
  { body, target }: OutgoingWebhook,
  { secrets, retryDelays }: Pick<DeliverySettings, 'secrets' | 'retryDelays'>,
  stop: AbortSignal,
): Promise<AttemptOutcome | undefined> {
  const at = new Date();
  const began = performance.now() - target.took;
  const timeout = AbortSignal.timeout(Math.max(0, Math.ceil(ATTEMPT_TIMEOUT_MS - target.took)));
  const attempt: DeliveryAttempt = { at: at.toISOString(), status_code: null, error: null, duration_ms: 0 };
  let retryAfter: number | undefined;
  try {
    const signal = AbortSignal.any([timeout, stop]);
    const response = await post(delivery, { body, target }, { secrets, at, signal });
    attempt.status_code = response.statusCode;
    retryAfter = response.retryAfter;
    if (!isSuccess(response.statusCode)) attempt.error = `The receiver answered ${response.statusCode}`;
  } catch (error) {
    if (stop.aborted) return undefined;
    attempt.error = timeout.aborted ? `No answer within ${ATTEMPT_TIMEOUT_MS / 1000} s` : describe(error);
  }
  attempt.duration_ms = Math.round(performance.now() - began);
  if (attempt.error === null) return { attempt, status: 'delivered' };
  const retryIn =
    attempt.status_code === GONE ? undefined : retryDelay(retryDelays, delivery.tries, retryAfter);
  return retryIn === undefined ? { attempt, status: 'failed' } : { attempt, status: 'pending', retryIn };
}

async function post(
  { id, url, token, allowPrivateAddresses }: ClaimedDelivery,
  { body, target }: OutgoingWebhook,
  { secrets, at, signal }: { secrets: string[]; at: Date; signal: AbortSignal },
): Promise<WebhookResponse> {
  if (target.error) throw target.error;
  if (!allowPrivateAddresses) {
    await publicAddresses(new URL(url).hostname, () => Promise.resolve(target.addresses));
  }
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': USER_AGENT,
    ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    ...(await webhookHeaders(secrets, id, body, at)),
  };
  return postWebhook({ url, addresses: target.addresses, headers, body, signal });
}

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** One line without the request, which contains the token. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'The request failed';
  if (error instanceof AggregateError) return describe(error.errors[0]);
  return error.message.split('\n', 1)[0] ?? error.name;
}
