import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { LingeringAgents } from '../../src/turns/lingering-agents.js';
import { RunAborted } from '../../src/turns/run-aborted.js';
import { LOST } from '../../src/turns/run-end.js';
import { RunningTurn, type RunPorts } from '../../src/turns/running-turn.js';

const CLAIMED = {
  turnId: 'turn',
  sessionId: 'session',
  attempt: 1,
  message: { role: 'user' as const, content: '' },
  sessionCreatedAt: '',
  sessionUpdatedAt: '',
  historyLength: 0,
  historyName: '',
  lastEventId: 2,
  eventBytes: 0,
  isLastRun: false,
  hasWebhook: false,
  waited: 0,
};

describe('the slot of an agent whose run was cut off', () => {
  let agents: LingeringAgents;
  let run: RunningTurn;
  let end: (value?: unknown) => void;
  let isFree: boolean;
  beforeEach(() => {
    jest.useFakeTimers();
    agents = new LingeringAgents();
    run = new RunningTurn(CLAIMED, 0, {} as RunPorts);
    run.agent = new Promise((resolve) => (end = resolve));
    isFree = false;
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const outlast = () => {
    run.abort(new RunAborted('lost', 'cancelled', LOST));
    void agents.outlast(run).then(() => (isFree = true));
  };

  it('is freed when the agent ends', async () => {
    outlast();
    await jest.advanceTimersByTimeAsync(5_000);
    expect([isFree, agents.count]).toEqual([false, 1]);
    end();
    await jest.advanceTimersByTimeAsync(0);
    expect([isFree, agents.count]).toEqual([true, 0]);
  });

  it('is freed after a time limit while the agent continues, which is still counted', async () => {
    outlast();
    await jest.advanceTimersByTimeAsync(10_999);
    expect(isFree).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect([isFree, agents.count]).toEqual([true, 1]);
    end();
    await jest.advanceTimersByTimeAsync(0);
    expect(agents.count).toBe(0);
  });

  it('does not delay a process that stops', async () => {
    outlast();
    agents.stop();
    await jest.advanceTimersByTimeAsync(0);
    expect(isFree).toBe(true);
  });

  it('is freed at once if the run was not cut off', async () => {
    end();
    await agents.outlast(run);
    expect(agents.count).toBe(0);
  });
});
