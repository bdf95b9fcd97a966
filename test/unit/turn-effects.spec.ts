import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';

import type { Fact } from '../../src/facts/fact.js';
import { Facts } from '../../src/facts/facts.js';
import type { RunEnd } from '../../src/facts/turn-end.js';
import type { ResolvedSessionsOptions } from '../../src/options/sessions.options.js';
import { RunningTurn, type RunPorts } from '../../src/turns/running-turn.js';
import { type ChangedTurn, TurnEffects } from '../../src/turns/turn-effects.js';

const about = { sessionId: 's', turnId: 't', owner: 'ada' };
const lost = { ...about, attempt: 2, lostRuns: 1 };
const result = {
  response: { role: 'assistant' as const, content: '' },
  messages: [],
  replacesHistory: false,
};

/** Records all effects. */
function record() {
  const brought: string[] = [];
  const facts = new Facts();
  const published: Fact[] = [];
  facts.subscribe((fact) => {
    brought.push(fact.type);
    published.push(fact);
  });
  const effects = new TurnEffects(
    facts,
    {
      publish: (change) => void brought.push(`notified of ${change.turnId ?? 'the session'}`),
      subscribe: () => () => undefined,
      close: () => Promise.resolve(),
    },
    { notify: (turnId: string) => void brought.push(`woken for ${turnId}`) } as never,
    { maxAttempts: 3 } as ResolvedSessionsOptions,
  );
  return { effects, brought, published };
}

function runOf({ hasWebhook = false }: Pick<ChangedTurn, 'hasWebhook'>): RunningTurn {
  const message = { role: 'user' as const, content: '' };
  const claimed = {
    ...about,
    attempt: 2,
    message,
    sessionCreatedAt: '',
    sessionUpdatedAt: '',
    historyLength: 0,
    historyName: '',
    lastEventId: 2,
    eventBytes: 0,
    isLastRun: false,
    waited: 1,
    hasWebhook,
  };
  return new RunningTurn(claimed, 0, {} as RunPorts);
}

describe('the effects of a turn’s end', () => {
  beforeEach(() => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  });

  const ends: [string, (turn: { hasWebhook?: true }, effects: TurnEffects) => void][] = [
    [
      'turn.completed',
      (turn, effects) => {
        effects.runEnded(runOf(turn), { outcome: 'completed', result });
      },
    ],
    [
      'turn.failed',
      (turn, effects) => {
        effects.runEnded(runOf(turn), failure);
      },
    ],
    [
      'turn.failed',
      (turn, effects) => {
        effects.lostRun({ ...lost, ...turn, error: 'no' }, 'Lost');
      },
    ],
    [
      'turn.cancelled',
      (turn, effects) => {
        effects.cancelled({ ...about, ...turn });
      },
    ],
  ];
  const failure: RunEnd = { outcome: 'failed', reason: 'agent_error', error: 'no' };

  it.each(ends)(
    'is the same for every caller (%s): notified, webhooks woken if it has one',
    (type, cause) => {
      const without = record();
      cause({}, without.effects);
      expect(without.brought).toEqual(['notified of t', type]);
      const withWebhook = record();
      cause({ hasWebhook: true }, withWebhook.effects);
      expect(withWebhook.brought).toEqual(['notified of t', 'woken for t', type]);
      expect(withWebhook.published).toMatchObject([about]);
    },
  );

  it('wakes no webhook worker while the turn continues', () => {
    const { effects, brought, published } = record();
    effects.runEnded(runOf({ hasWebhook: true }), { outcome: 'requeued', reason: 'worker_stopped' });
    effects.lostRun({ ...lost, hasWebhook: true }, 'Lost');
    expect(brought).toEqual(['notified of t', 'turn.requeued', 'notified of t', 'turn.requeued']);
    expect(published).toMatchObject([{ reason: 'worker_stopped' }, { reason: 'worker_lost' }]);
    expect(Object.keys(published[1] ?? {})).not.toContain('duration');
  });

  it('publishes no fact of a run that has lost its turn, but notifies: its end may have been committed', () => {
    const { effects, brought } = record();
    effects.runEnded(runOf({ hasWebhook: true }), { outcome: 'lost' });
    expect(brought).toEqual(['notified of t', 'woken for t']);
  });
});

describe('a subscriber of facts', () => {
  it('that throws is logged, and the others still receive the fact', () => {
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const facts = new Facts();
    const got: string[] = [];
    facts.subscribe(() => {
      throw new Error('broken');
    });
    facts.subscribe(({ type }) => void got.push(type));
    facts.publish({ type: 'session.created', sessionId: 's' });
    expect(got).toEqual(['session.created']);
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('broken'));
  });
});
