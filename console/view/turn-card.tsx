import { type Signal } from '@preact/signals';
import type { VNode } from 'preact';

import type { TurnView } from '../state/turn-view.js';
import { durationText } from './instant.js';
import { Message } from './message.js';
import { PartView } from './part-view.js';
import { StatusBadge } from './status-badge.js';

/** One turn of the conversation. */
export function TurnCard({ turn: { value: turn } }: { turn: Signal<TurnView> }): VNode {
  const { message, parts, status, error, attempt, queuedAt, endedAt, tokens } = turn;
  return (
    <section class="turn" aria-label={`Turn, ${status}`}>
      {message && <Message message={message} />}
      {parts.map((part, index) => (
        <PartView key={index} part={part} />
      ))}
      {error !== undefined && <p class="problem">{error}</p>}
      <p class="facts">
        <StatusBadge status={status} />
        {attempt > 1 && <span>{attempt} runs</span>}
        {endedAt !== undefined && <span>{durationText(queuedAt, endedAt)}</span>}
        {tokens !== undefined && <span>{tokens} tokens</span>}
      </p>
    </section>
  );
}
