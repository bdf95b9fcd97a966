import type { VNode } from 'preact';

import type { Delivery } from '../../src/webhooks/delivery.js';
import { Instant } from './instant.js';
import { StatusBadge } from './status-badge.js';

interface DeliveryCardProps {
  delivery: Delivery;
  redeliver: (id: string) => Promise<void>;
}

/** One delivery with its attempts. */
export function DeliveryCard({ delivery, redeliver }: DeliveryCardProps): VNode {
  const { delivery_id: id, url, status, next_attempt_at: next, attempts } = delivery;
  return (
    <section class="card" aria-label={`Delivery to ${url}, ${status}`}>
      <h3>
        <code>{url}</code>
      </h3>
      <p class="facts">
        <StatusBadge status={status} />
        {next !== null && (
          <span>
            Next attempt <Instant at={next} />
          </span>
        )}
      </p>
      {attempts.length > 0 && (
        <ol>
          {attempts.map(({ at, status_code: code, error, duration_ms: ms }) => (
            <li key={at}>
              <Instant at={at} /> {code ?? 'no answer'} in {ms} ms{error === null ? '' : `: ${error}`}
            </li>
          ))}
        </ol>
      )}
      <div class="actions">
        <button type="button" onClick={() => void redeliver(id)}>
          Redeliver
        </button>
      </div>
    </section>
  );
}
