import { afterAll, beforeAll } from '@jest/globals';
import { metrics } from '@opentelemetry/api';
import { type DataPoint, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

import { until } from './until.js';

/** Collects when a test asks for it. */
export class Metrics extends MetricReader {
  protected override onForceFlush = () => Promise.resolve();
  protected override onShutdown = () => Promise.resolve();

  /** What one metric says of one module. */
  async points<Value = number>(name: string, module: string): Promise<DataPoint<Value>[]> {
    const { resourceMetrics } = await this.collect();
    const found = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const points = found.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    return (points as DataPoint<Value>[]).filter(
      ({ attributes }) => attributes['agent_sessions.module'] === module,
    );
  }

  /** How many long polls of a module are not answered yet. */
  async waitingPolls(module: string): Promise<number> {
    const [point] = await this.points('agent_sessions.waiting_polls', module);
    if (!point) throw new Error(`There is no metric of a module ${module}`);
    return point.value;
  }

  /** Resolves when so many long polls of a module wait. */
  async untilPollsWait(module: string, count: number): Promise<void> {
    await until(async () => (await this.waitingPolls(module)) === count, {
      what: `the number of waiting polls to be ${count}`,
    });
  }
}

/** An OpenTelemetry SDK for this test file; before the apps that it measures. */
export function useMetrics(...readers: Metrics[]): void {
  beforeAll(() => {
    metrics.setGlobalMeterProvider(new MeterProvider({ readers }));
  });
  afterAll(() => {
    metrics.disable();
  });
}
