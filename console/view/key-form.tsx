import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { apiKey, useKey } from '../state/connection.js';

/** Asks for the server's API key. */
export function KeyForm(): VNode {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const key = input.current?.value.trim() ?? '';
    if (key !== '') useKey(key);
  };
  return (
    <form class="card key" onSubmit={submit} aria-labelledby="key-title">
      <h2 id="key-title">This server needs a key</h2>
      {apiKey.value !== '' && <p role="alert">The server refused this key.</p>}
      <label>
        API key or access token
        <input
          ref={input}
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="key-hint"
        />
      </label>
      <p id="key-hint" class="hint">
        It is kept until this tab is closed, and sent to this server only.
      </p>
      <button type="submit" class="primary">
        Use key
      </button>
    </form>
  );
}
