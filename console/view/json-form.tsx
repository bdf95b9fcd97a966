import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';

import { problem } from '../state/problem.js';
import type { Answer } from './interrupts.js';

interface JsonFormProps {
  type: string;
  payload: Record<string, unknown>;
  answer: Answer;
}

/** Answers any type of question with JSON. */
export function JsonForm({ type, payload, answer }: JsonFormProps): VNode {
  const text = useRef<HTMLTextAreaElement>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    try {
      void answer(JSON.parse(text.current?.value ?? ''));
    } catch {
      problem.value = 'The answer must be JSON, for example {"outcome":"retry"} or "a text"';
    }
  };
  return (
    <form onSubmit={submit}>
      <h3>
        The agent asks: <code>{type}</code>
      </h3>
      <pre aria-label="Question">{JSON.stringify(payload, null, 2)}</pre>
      <label>
        Answer as JSON
        <textarea ref={text} rows={3} spellcheck={false} />
      </label>
      <div class="actions">
        <button type="submit" class="primary">
          Answer
        </button>
      </div>
    </form>
  );
}
