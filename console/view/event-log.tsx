import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';

import type { OpenSession } from '../state/open-session.js';
import { Instant } from './instant.js';

const PAGE_SIZE = 200;

/** The session's log, the last event first. */
export function EventLog({ open }: { open: OpenSession }): VNode {
  const limit = useSignal(PAGE_SIZE);
  const log = open.log.value;
  if (log.length === 0) return <p class="hint">The log is empty.</p>;
  return (
    <>
      <ol class="log" aria-label="Log, last event first">
        {log
          .slice(-limit.value)
          .reverse()
          .map((event) => (
            <li key={event.id}>
              <details>
                <summary>
                  <span class="number">{event.id}</span> <code>{event.type}</code> <Instant at={event.at} />
                </summary>
                <pre>{JSON.stringify(event, null, 2)}</pre>
              </details>
            </li>
          ))}
      </ol>
      {log.length > limit.value && (
        <button
          type="button"
          onClick={() => {
            limit.value += PAGE_SIZE;
          }}
        >
          Show earlier events
        </button>
      )}
    </>
  );
}
