import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';

import type { OpenSession } from '../state/open-session.js';
import { attempt } from '../state/problem.js';
import { ApprovalForm } from './approval-form.js';
import { Instant } from './instant.js';
import { JsonForm } from './json-form.js';
import { QuestionsForm } from './questions-form.js';
import { questionsOf, toolCallOf } from '../state/questions.js';

/** Sends an answer. */
export type Answer = (value: unknown) => Promise<void>;

/** The questions that wait for a person. */
export function Interrupts({ open }: { open: OpenSession }): VNode {
  const box = useRef<HTMLDivElement>(null);
  const interrupts = open.session.value?.interrupts ?? [];
  const answer = async (id: string, value: unknown) => {
    const isDone = await attempt(() => open.answer(id, value));
    // The form that had the focus is gone.
    if (isDone) focusNext(box.current);
  };
  return (
    <div class="interrupts" ref={box}>
      {interrupts.map(({ interrupt_id: id, type, payload, expires_at: expires }) => {
        const send: Answer = (value) => answer(id, value);
        const call = toolCallOf(type, payload);
        const questions = questionsOf(type, payload);
        return (
          <section key={id} class="card" aria-label={`Question: ${type}`}>
            {expires !== undefined && (
              <p class="hint">
                Expires at <Instant at={expires} />
              </p>
            )}
            {call ? (
              <ApprovalForm call={call} answer={send} />
            ) : questions ? (
              <QuestionsForm questions={questions} answer={send} />
            ) : (
              <JsonForm type={type} payload={payload} answer={send} />
            )}
          </section>
        );
      })}
    </div>
  );
}

/** The next question, else the message field. */
function focusNext(box: HTMLElement | null): void {
  requestAnimationFrame(() => {
    const field =
      box?.querySelector<HTMLElement>('input, textarea, button') ??
      document.querySelector<HTMLElement>('.composer textarea');
    field?.focus();
  });
}
