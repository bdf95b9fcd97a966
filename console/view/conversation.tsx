import { useComputed, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { OpenSession } from '../state/open-session.js';
import { partsOf } from '../state/turn-view.js';
import { Interrupts } from './interrupts.js';
import { Message } from './message.js';
import { TurnCard } from './turn-card.js';
import { PartView } from './part-view.js';

/** How many turns are shown at first, and with each request for more. */
const PAGE_SIZE = 30;

/** This close to its end, a list follows what is added to it; in pixels. */
const NEAR_END = 80;

/** What was said, turn by turn. */
export function Conversation({ open }: { open: OpenSession }): VNode {
  const limit = useSignal(PAGE_SIZE);
  const box = useRef<HTMLDivElement>(null);
  const onScroll = useFollowingScroll(box, open);
  const turns = open.turns.value;
  const hidden = Math.max(0, turns.length - limit.value);
  const preloaded = useComputed(() =>
    open.preloaded.value.map((message) => ({ message, parts: partsOf([message]) })),
  );
  return (
    // Focusable, so that the keyboard scrolls it.
    <div
      class="conversation"
      role="region"
      aria-label="Conversation"
      tabIndex={0}
      ref={box}
      onScroll={onScroll}
    >
      {hidden > 0 && (
        <button
          type="button"
          onClick={() => {
            limit.value += PAGE_SIZE;
          }}
        >
          Show earlier turns
        </button>
      )}
      {hidden === 0 &&
        preloaded.value.map(({ message, parts }) =>
          message.role === 'user' || message.role === 'system' ? (
            <Message key={message.message_id} message={message} />
          ) : (
            parts.map((part, index) => <PartView key={`${message.message_id}-${index}`} part={part} />)
          ),
        )}
      {turns.length === 0 && open.preloaded.value.length === 0 && <p class="hint">No messages yet.</p>}
      {turns.slice(hidden).map((turn) => (
        <TurnCard key={turn.peek().id} turn={turn} />
      ))}
      <Interrupts open={open} />
    </div>
  );
}

/** Keeps the end in view if it was in view before the conversation grew. Returns the handler of `scroll`. */
function useFollowingScroll(box: { current: HTMLElement | null }, open: OpenSession): () => void {
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current)
      requestAnimationFrame(() => box.current?.scrollTo({ top: box.current.scrollHeight }));
  }, [open.log.value, open.preloaded.value, open.session.value]);
  return () => {
    if (!box.current) return;
    const { scrollHeight, scrollTop, clientHeight } = box.current;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
  };
}
