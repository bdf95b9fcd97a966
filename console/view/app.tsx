import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';

import { apiKey, isRefused, useKey } from '../state/connection.js';
import { shownId } from '../state/location.js';
import { OpenSession } from '../state/open-session.js';
import { followList, refreshList } from '../state/session-list.js';
import { KeyForm } from './key-form.js';
import { ProblemBanner } from './problem-banner.js';
import { SessionList } from './session-list.js';
import { SessionView } from './session-view.js';

export function App(): VNode {
  useEffect(followList, []);
  const open = useOpenSession();
  return (
    <div class={shownId.value === '' ? 'page' : 'page has-session'}>
      <a class="skip" href="#session" onClick={skip}>
        Skip to the session
      </a>
      <header class="top">
        <h1>Agent sessions</h1>
        {apiKey.value !== '' && !isRefused.value && (
          <button
            type="button"
            onClick={() => {
              useKey('');
              void refreshList();
            }}
          >
            Forget API key
          </button>
        )}
      </header>
      {isRefused.value ? (
        <main>
          <KeyForm />
        </main>
      ) : (
        <>
          <SessionList />
          <main id="session" tabIndex={-1}>
            <ProblemBanner />
            {open.value ? (
              <SessionView key={open.value.id} open={open.value} />
            ) : (
              <p class="hint">Choose a session, or begin a new one.</p>
            )}
          </main>
        </>
      )}
    </div>
  );
}

/** The fragment of the address is the session's id, so the link moves the focus itself. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('session')?.focus();
}

/** The session of the address: another one for another id, and a new reading with another key. */
function useOpenSession(): Signal<OpenSession | undefined> {
  const open = useSignal<OpenSession | undefined>(undefined);
  useSignalEffect(() => {
    const id = shownId.value;
    document.title = id === '' ? 'Agent sessions' : `${id} · Agent sessions`;
    if (id === '' || isRefused.value) return;
    const opened = new OpenSession(id);
    open.value = opened;
    return () => {
      opened.close();
      open.value = undefined;
    };
  });
  return open;
}
