import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';

import type { Delivery } from '../../src/webhooks/delivery.js';
import { readDeliveries, redeliver } from '../state/deliveries.js';
import type { OpenSession } from '../state/open-session.js';
import { attempt, textOf } from '../state/problem.js';
import { DeliveryCard } from './delivery-card.js';

/** How often deliveries on their way are read again. */
const REFRESH_MS = 2_000;

/** The webhooks of the session, the last one first. */
export function Deliveries({ open }: { open: OpenSession }): VNode {
  const deliveries = useSignal<readonly Delivery[] | undefined>(undefined);
  const trouble = useSignal('');
  const asked = useSignal(0);
  useEffect(() => {
    const closing = new AbortController();
    void follow(closing.signal);
    return () => {
      closing.abort();
    };
    // A turn that ends has a delivery.
  }, [asked.value, open.session.value]);
  const follow = async (signal: AbortSignal) => {
    try {
      while (!signal.aborted) {
        const read = await readDeliveries(open.id, signal);
        deliveries.value = read.reverse();
        trouble.value = '';
        if (!read.some(({ status }) => status === 'pending')) return;
        await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
      }
    } catch (error) {
      if (!signal.aborted) trouble.value = textOf(error);
    }
  };
  const again = async (id: string) => {
    await attempt(() => redeliver(open.id, id));
    asked.value++;
  };
  return (
    <>
      {trouble.value !== '' && <p class="problem">{trouble.value}</p>}
      {deliveries.value?.length === 0 && (
        <p class="hint">No deliveries: no message of this session named a webhook.</p>
      )}
      {deliveries.value?.map((delivery) => (
        <DeliveryCard key={delivery.delivery_id} delivery={delivery} redeliver={again} />
      ))}
    </>
  );
}
