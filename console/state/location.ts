import { signal } from '@preact/signals';

/** The id of the session that is shown, as the address has it: the only thing that it has of a session. */
export const shownId = signal(idOfHash());

addEventListener('hashchange', () => {
  shownId.value = idOfHash();
});

function idOfHash(): string {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}

/** Shows a session; without an id, none. */
export function show(id: string): void {
  location.hash = encodeURIComponent(id);
}
