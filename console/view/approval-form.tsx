import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';

import type { AskedCall } from '../state/questions.js';
import type { Answer } from './interrupts.js';

/** Asks whether a tool may be called. Nothing is approved by Enter alone. */
export function ApprovalForm({ call, answer }: { call: AskedCall; answer: Answer }): VNode {
  const reason = useRef<HTMLInputElement>(null);
  const decide = (approved: boolean) => {
    const given = reason.current?.value.trim() ?? '';
    void answer({ approved, ...(given === '' ? {} : { reason: given }) });
  };
  return (
    <>
      <h3>
        May the agent call <code>{call.name}</code>?
      </h3>
      <pre aria-label="Arguments">{JSON.stringify(call.arguments, null, 2)}</pre>
      <label>
        Reason (optional)
        <input ref={reason} autocomplete="off" />
      </label>
      <div class="actions">
        <button
          type="button"
          onClick={() => {
            decide(false);
          }}
        >
          Reject
        </button>
        <button
          type="button"
          class="primary"
          onClick={() => {
            decide(true);
          }}
        >
          Approve
        </button>
      </div>
    </>
  );
}
