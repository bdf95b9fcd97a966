import type { VNode } from 'preact';
import { useId, useRef } from 'preact/hooks';

import type { UserInputQuestion } from '../../src/interrupts/conventions.js';
import { problem } from '../state/problem.js';
import type { Answer } from './interrupts.js';
import { QuestionFields } from './question-fields.js';

/** Asks questions with options. */
export function QuestionsForm({
  questions,
  answer,
}: {
  questions: readonly UserInputQuestion[];
  answer: Answer;
}): VNode {
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const submit = (event: Event) => {
    event.preventDefault();
    if (!form.current) return;
    const data = new FormData(form.current);
    const answers = questions.map((question, index) => answerOf(data, question, `${id}-${index}`));
    const missing = questions.find((_question, index) => answers[index] === undefined);
    if (missing) {
      problem.value = `Answer the question: ${missing.question}`;
      return;
    }
    void answer({
      answers: Object.fromEntries(questions.map(({ question }, index) => [question, answers[index]])),
    });
  };
  return (
    <form ref={form} onSubmit={submit}>
      {questions.map((question, index) => (
        <QuestionFields key={index} question={question} name={`${id}-${index}`} />
      ))}
      <div class="actions">
        <button type="submit" class="primary">
          Answer
        </button>
      </div>
    </form>
  );
}

/** The answer to one question: a label or an own text, or a list of them; undefined if there is none. */
function answerOf(
  data: FormData,
  { multiSelect }: UserInputQuestion,
  name: string,
): string | string[] | undefined {
  const text = (value: FormDataEntryValue | null) => (typeof value === 'string' ? value : '');
  const own = text(data.get(`${name}-own`)).trim();
  const chosen = data.getAll(name).map(text);
  if (multiSelect) {
    const all = own === '' ? chosen : [...chosen, own];
    return all.length > 0 ? all : undefined;
  }
  return own === '' ? chosen[0] : own;
}
