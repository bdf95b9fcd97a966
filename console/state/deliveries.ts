import type { Delivery } from '../../src/webhooks/delivery.js';
import { nextPage, pathOf } from '../../src/client/addresses.js';
import { requests } from './connection.js';

/** The deliveries of a session, oldest first. */
export async function readDeliveries(sessionId: string, signal: AbortSignal): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  const path = `${pathOf(sessionId)}/deliveries`;
  for (let after: string | undefined = '0'; after !== undefined;) {
    const query = { after, limit: 1_000 };
    const page: { body: Delivery[]; headers: Headers } = await requests.read({ path, query, signal });
    deliveries.push(...page.body);
    after = nextPage(page.headers)?.get('after') ?? undefined;
  }
  return deliveries;
}

/** Sends a delivery again. */
export async function redeliver(sessionId: string, deliveryId: string): Promise<void> {
  const path = `${pathOf(sessionId)}/deliveries/${encodeURIComponent(deliveryId)}/redeliver`;
  await requests.once({ method: 'POST', path });
}
