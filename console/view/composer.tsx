import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';

import type { OpenSession } from '../state/open-session.js';
import { attempt } from '../state/problem.js';

/** Writes messages, and cancels their turns. */
export function Composer({ open }: { open: OpenSession }): VNode {
  const text = useRef<HTMLTextAreaElement>(null);
  const webhook = useRef<HTMLInputElement>(null);
  const isSending = useSignal(false);
  const isBusy = open.unfinished.value !== undefined;

  const send = async () => {
    const content = text.current?.value ?? '';
    if (content.trim() === '' || isSending.value || isBusy) return;
    isSending.value = true;
    const url = webhook.current?.value.trim() ?? '';
    const isSent = await attempt(() => open.send(url === '' ? { content } : { content, webhook: { url } }));
    isSending.value = false;
    if (isSent && text.current?.value === content) text.current.value = '';
  };
  const cancel = async () => {
    await attempt(() => open.cancel());
    text.current?.focus();
  };
  return (
    <form
      class="composer"
      aria-label="New message"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label>
        Message
        <textarea
          ref={text}
          rows={2}
          aria-describedby="composer-hint"
          onKeyDown={(event) => {
            // Enter also ends the composition of a character, for example in Japanese.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void send();
          }}
        />
      </label>
      <details>
        <summary>Webhook</summary>
        <label>
          URL that gets the result
          <input ref={webhook} type="url" inputMode="url" autocomplete="off" spellcheck={false} />
        </label>
      </details>
      <div class="actions">
        <span id="composer-hint" class="hint">
          {isBusy ? 'A turn is unfinished.' : 'Enter sends, Shift+Enter begins a line.'}
        </span>
        {isBusy && (
          <button type="button" class="danger" onClick={() => void cancel()}>
            Cancel turn
          </button>
        )}
        <button type="submit" class="primary" aria-disabled={isBusy || isSending.value}>
          Send
        </button>
      </div>
    </form>
  );
}
