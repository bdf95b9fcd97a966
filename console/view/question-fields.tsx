import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';

import type { UserInputQuestion } from '../../src/interrupts/conventions.js';

/** One question: its options, and a field for a text of one's own. */
export function QuestionFields({ question, name }: { question: UserInputQuestion; name: string }): VNode {
  const group = useRef<HTMLFieldSetElement>(null);
  const own = useRef<HTMLInputElement>(null);
  const type = question.multiSelect ? 'checkbox' : 'radio';
  // One of them is the answer where only one may be.
  const clearOwn = () => {
    if (!question.multiSelect && own.current) own.current.value = '';
  };
  const clearChoice = () => {
    if (question.multiSelect) return;
    for (const choice of group.current?.querySelectorAll('input') ?? []) choice.checked = false;
  };
  return (
    <fieldset ref={group}>
      <legend>
        {question.header && <span class="badge">{question.header}</span>} {question.question}
      </legend>
      {question.options.map(({ label, description, markdown }) => (
        <label key={label} class="choice">
          <input type={type} name={name} value={label} onChange={clearOwn} />
          <span>
            {label}
            {description && <span class="hint"> {description}</span>}
            {markdown && <span class="text hint">{markdown}</span>}
          </span>
        </label>
      ))}
      <label>
        {question.multiSelect ? 'Another answer' : 'Or an answer of your own'}
        <input ref={own} name={`${name}-own`} autocomplete="off" onInput={clearChoice} />
      </label>
    </fieldset>
  );
}
