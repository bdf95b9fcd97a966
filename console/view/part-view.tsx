import type { VNode } from 'preact';

import type { TurnPart } from '../state/turn-view.js';
import { Picture } from './picture.js';

/** One part of what an agent did. */
export function PartView({ part }: { part: TurnPart }): VNode {
  switch (part.kind) {
    case 'said':
      return (
        <article class="message assistant" aria-label="assistant">
          {part.reasoning !== '' && (
            <details>
              <summary>Reasoning</summary>
              <p class="text">{part.reasoning}</p>
            </details>
          )}
          {part.text !== '' && <p class="text">{part.text}</p>}
          {part.image && <Picture base64={part.image} />}
        </article>
      );
    case 'tool':
      return (
        <details class="tool">
          <summary>
            Tool <code>{part.name}</code>
            {part.result === undefined ? ' …' : ''}
          </summary>
          <pre aria-label="Arguments">{formatted(part.arguments)}</pre>
          {part.result !== undefined && <pre aria-label="Result">{formatted(part.result)}</pre>}
        </details>
      );
    case 'step':
      return <p class="note">Step {part.name} recorded</p>;
    case 'asked':
      return <p class="note">Asked: {part.interrupts.map(({ type }) => type).join(', ')}</p>;
    case 'answered':
      return (
        <div class="note">
          Answered:
          {part.answers.map(({ interrupt_id: id, value }) => (
            <pre key={id}>{JSON.stringify(value, null, 2)}</pre>
          ))}
        </div>
      );
    case 'requeued':
      return <p class="note">Queued again, because the worker {REASONS[part.reason] ?? part.reason}</p>;
    case 'own':
      return (
        <details class="tool">
          <summary>
            Event <code>{part.event.type}</code>
          </summary>
          <pre>{JSON.stringify(part.event, null, 2)}</pre>
        </details>
      );
  }
}

const REASONS: Partial<Record<string, string>> = { worker_lost: 'was lost', worker_stopped: 'was stopped' };

/** JSON with line breaks; any other text as it is. */
function formatted(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
