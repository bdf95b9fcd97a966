import { describe, expect, it } from '@jest/globals';

import { after, newTurn, type TurnView } from '../../console/state/turn-view.js';
import type { SessionEvent } from '../../src/client/index.js';

const AT = '2026-01-01T00:00:00.000Z';

/** An event without what every event of a turn has. */
type Told<Event = SessionEvent> = Event extends SessionEvent
  ? Omit<Event, 'id' | 'session_id' | 'turn_id' | 'attempt' | 'at'> & { attempt?: number }
  : never;

/** A turn as these events tell of it. */
function told(...events: Told[]): TurnView {
  return events.reduce(
    (turn, event, index) => {
      const about = { id: index + 1, session_id: 's', turn_id: 't', attempt: 1, at: AT };
      return after(turn, { ...about, ...event });
    },
    newTurn('t', AT),
  );
}

const message = { role: 'user', content: 'hello' } as const;
const queued = { type: 'turn.queued', message, message_id: 'm1' } as const;
const started = (attempt: number) => ({ type: 'turn.started', attempt }) as const;
const delta = (text: string, id = 'm2') => ({ type: 'message.delta', message_id: id, delta: text }) as const;
const said = (text: string, messageId = 'm2') =>
  expect.objectContaining({ kind: 'said', messageId, text }) as unknown;

describe('a turn in the console', () => {
  it('joins the deltas of a message', () => {
    const { parts, status } = told(queued, started(1), delta('It is '), delta('late.'), delta('Yes.', 'm3'));
    expect([status, parts]).toEqual(['running', [said('It is late.'), said('Yes.', 'm3')]]);
  });

  it('drops what a run streamed that was lost, and keeps its steps', () => {
    const { parts, attempt, status } = told(
      queued,
      started(1),
      delta('It is '),
      { type: 'tool.call', message_id: 'm2', tool_call_id: 'c', name: 'look', arguments: '{}' },
      { type: 'step.completed', name: 'charge' },
      { type: 'turn.requeued', reason: 'worker_lost' },
      started(2),
      delta('Late.', 'm9'),
    );
    expect([attempt, status]).toEqual([2, 'running']);
    expect(parts).toEqual([
      { kind: 'step', name: 'charge' },
      { kind: 'requeued', reason: 'worker_lost' },
      said('Late.', 'm9'),
    ]);
  });

  it('ends with what was recorded, without its own message', () => {
    const answer = { role: 'assistant', content: 'Late.', message_id: 'm2' } as const;
    const completed = { type: 'turn.completed', response: answer, usage: { total_tokens: 7 } } as const;
    const { parts, status, tokens } = told(queued, started(1), delta('Late'), {
      ...completed,
      messages: [{ ...message, message_id: 'm1' }, answer],
    });
    expect([status, tokens, parts]).toEqual(['completed', 7, [said('Late.')]]);
  });

  it('shows the response alone if the agent has replaced the history', () => {
    const answer = { role: 'assistant', content: 'Short.', message_id: 'm8' } as const;
    const messages = [{ role: 'system', content: 'A summary', message_id: 'm7' } as const, answer];
    const { parts } = told(queued, started(1), {
      type: 'turn.completed',
      response: answer,
      messages,
      usage: null,
    });
    expect(parts).toEqual([said('Short.', 'm8')]);
  });

  it.each([
    ['cancelled', 'cancelled'],
    ['agent_error', 'failed'],
  ] as const)('that ends with the code %s is %s', (code, status) => {
    const turn = told(queued, started(1), { type: 'turn.failed', error: 'It broke', code });
    expect(turn).toMatchObject({ status, error: 'It broke', code, endedAt: AT });
  });
});
