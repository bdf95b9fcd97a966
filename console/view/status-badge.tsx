import type { VNode } from 'preact';

/** The state of a session, turn or delivery; the colour only repeats what the text says. */
export function StatusBadge({ status }: { status: string }): VNode {
  return <span class={`badge ${status}`}>{status}</span>;
}
