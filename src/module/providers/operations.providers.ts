import type { Provider } from '@nestjs/common';

import { Facts } from '../../facts/facts.js';
import { HostEventEmitter } from '../../lifecycle-events/host-event-emitter.js';
import { HealthService } from '../../operations/health.service.js';
import { Metrics } from '../../operations/metrics.js';
import { SessionsHealthIndicator } from '../../operations/sessions-health.indicator.js';
import { Tracing } from '../../telemetry/tracing.js';
import { HostServer } from '../host-server.js';
import { SessionsLifecycle } from '../sessions-lifecycle.js';
import { Sweeper } from '../sweeper.js';

/** Startup, shutdown, periodic work, and observability. */
export const operationsProviders: Provider[] = [
  SessionsLifecycle,
  HostServer,
  Sweeper,
  Facts,
  HostEventEmitter,
  Metrics,
  Tracing,
  HealthService,
  SessionsHealthIndicator,
];
