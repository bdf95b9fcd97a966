import { describe, expect, it } from '@jest/globals';

import { AcceptedRuns } from '../../src/turns/accepted-runs.js';
import type { RunningTurn } from '../../src/turns/running-turn.js';
import type { Holding } from '../../src/turns/turn-run.js';
import type { TurnStore } from '../../src/turns/turn.store.js';
import { until } from '../support/until.js';

const LEASE = 30_000;

/** Begins a run that was accepted some time ago (ms); resolves with what was done in which order. */
async function begin(age: number, renewed: Holding) {
  const done: string[] = [];
  const run = {
    turnId: 'turn',
    history: [],
    heardAt: performance.now() - age,
    label: '',
  } as unknown as RunningTurn;
  const turns: Partial<TurnStore> = {
    begin: () => {
      done.push('begin');
      return Promise.resolve({ held: ['turn'], lost: [], histories: new Map() });
    },
    renew: () => {
      done.push('renew');
      return Promise.resolve(renewed);
    },
  };
  const ends = { runEnded: () => done.push('lost'), forget: () => undefined };
  const worker = { isStopping: false, runAccepted: () => done.push('agent') };
  const given = [worker, ends, ends, turns, {}, { lease: LEASE }] as unknown as ConstructorParameters<
    typeof AcceptedRuns
  >;
  new AcceptedRuns(...given).begin({ run, slot: { agentEnded: () => undefined, release: () => undefined } });
  await until(() => done.includes('agent') || done.includes('lost'), { what: 'the run to begin or end' });
  return { done, heard: performance.now() - run.heardAt };
}

describe('a run that begins', () => {
  const held = { held: ['turn'], lost: [] };

  it('long after its acceptance has its lease renewed before its agent is called', async () => {
    const { done, heard } = await begin(LEASE / 2, held);
    expect(done).toEqual(['begin', 'renew', 'agent']);
    expect(heard).toBeLessThan(LEASE / 3);
  });

  it('long after its acceptance does not call its agent if another process has taken the turn meanwhile', async () => {
    expect((await begin(LEASE * 2, { held: [], lost: ['turn'] })).done).toEqual(['begin', 'renew', 'lost']);
  });

  it('soon after its acceptance costs one write', async () => {
    expect((await begin(LEASE / 10, held)).done).toEqual(['begin', 'agent']);
  });
});
