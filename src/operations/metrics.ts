import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { BatchObservableResult } from '@opentelemetry/api';

import type { Fact } from '../facts/fact.js';
import { Facts } from '../facts/facts.js';
import { SessionWaiters } from '../sessions/session-waiters.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { LingeringAgents } from '../turns/lingering-agents.js';
import { TurnWorker } from '../turns/turn-worker.js';
import { INSTRUMENTATION_SCOPE, loadOpenTelemetry, type OpenTelemetry } from '../telemetry/opentelemetry.js';

/** In seconds. A run takes as long as its agent, from milliseconds to hours. */
const RUN_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

/** In seconds. With a free worker a turn waits for milliseconds. */
const QUEUE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** OpenTelemetry metrics of this process, for the exporter of the host. */
@Injectable()
export class Metrics implements OnModuleInit, OnApplicationShutdown {
  private stopObserving: () => void = () => undefined;

  constructor(
    private readonly facts: Facts,
    private readonly worker: TurnWorker,
    private readonly waiters: SessionWaiters,
    private readonly agents: LingeringAgents,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  async onModuleInit(): Promise<void> {
    const api = await loadOpenTelemetry();
    if (!api) return;
    this.facts.subscribe(recorder(createInstruments(api), this.options.name));
    this.stopObserving = this.observe(api);
  }

  onApplicationShutdown(): void {
    this.stopObserving();
  }

  /** Registers the observable metrics; returns a function that unregisters them. */
  private observe({ metrics }: OpenTelemetry): () => void {
    const meter = metrics.getMeter(INSTRUMENTATION_SCOPE);
    const runningTurns = meter.createObservableUpDownCounter('agent_sessions.running_turns', {
      unit: '{turn}',
      description: 'Turns that this process is running',
    });
    const waitingPolls = meter.createObservableUpDownCounter('agent_sessions.waiting_polls', {
      unit: '{request}',
      description: 'Long polls that this process has yet to answer',
    });
    const lingeringAgents = meter.createObservableUpDownCounter('agent_sessions.lingering_agents', {
      unit: '{agent}',
      description: 'Agents of this process that still run although their run was cut off',
    });
    const module = { 'agent_sessions.module': this.options.name };
    const observe = (result: BatchObservableResult) => {
      result.observe(runningTurns, this.worker.running, module);
      result.observe(waitingPolls, this.waiters.size, module);
      result.observe(lingeringAgents, this.agents.count, module);
    };
    const observed = [runningTurns, waitingPolls, lingeringAgents];
    meter.addBatchObservableCallback(observe, observed);
    return () => {
      meter.removeBatchObservableCallback(observe, observed);
    };
  }
}

function createInstruments({ metrics }: OpenTelemetry) {
  const meter = metrics.getMeter(INSTRUMENTATION_SCOPE);
  return {
    endedTurns: meter.createCounter('agent_sessions.ended_turns', {
      unit: '{turn}',
      description: 'Turns that have ended, by outcome',
    }),
    requeuedTurns: meter.createCounter('agent_sessions.requeued_turns', {
      unit: '{turn}',
      description: 'Turns that went back to the queue, by what their worker had come to',
    }),
    lastRuns: meter.createCounter('agent_sessions.last_runs', {
      unit: '{run}',
      description: 'Last runs of turns that lost all earlier ones with their workers',
    }),
    runDuration: meter.createHistogram('agent_sessions.turn.run.duration', {
      unit: 's',
      description: 'How long a run of a turn took, from its claim to its recorded end',
      advice: { explicitBucketBoundaries: RUN_BUCKETS },
    }),
    timeInQueue: meter.createHistogram('agent_sessions.turn.time_in_queue', {
      unit: 's',
      description: 'How long a turn was queued before a run',
      advice: { explicitBucketBoundaries: QUEUE_BUCKETS },
    }),
    deliveryAttempts: meter.createCounter('agent_sessions.delivery.attempts', {
      unit: '{attempt}',
      description: 'Attempts to deliver a webhook, by what became of the delivery',
    }),
  };
}

/** All metrics derive from facts, so they cost no database query. */
function recorder(instruments: ReturnType<typeof createInstruments>, name: string): (fact: Fact) => void {
  const { endedTurns, requeuedTurns, lastRuns, runDuration, timeInQueue, deliveryAttempts } = instruments;
  const module = { 'agent_sessions.module': name };
  return (fact) => {
    const outcome = { ...module, 'agent_sessions.outcome': fact.type.slice(fact.type.indexOf('.') + 1) };
    const ended = fact.type === 'turn.failed' ? { ...outcome, 'error.type': fact.reason } : outcome;
    // Of a run in this process, however it ended.
    if ('duration' in fact && fact.duration !== undefined) runDuration.record(fact.duration / 1000, ended);
    switch (fact.type) {
      case 'turn.started':
        timeInQueue.record(fact.waited / 1000, module);
        if (fact.isLastRun) lastRuns.add(1, module);
        break;
      case 'turn.requeued':
        requeuedTurns.add(1, { ...module, 'error.type': fact.reason });
        break;
      case 'turn.completed':
      case 'turn.failed':
      case 'turn.cancelled':
        endedTurns.add(1, ended);
        break;
      case 'delivery.delivered':
      case 'delivery.retrying':
      case 'delivery.failed':
        deliveryAttempts.add(1, outcome);
        break;
      default:
      // Not counted.
    }
  };
}
