import { Injectable } from '@nestjs/common';

import { type Health, HealthService } from './health.service.js';

/** How a module is, in the form of an indicator's result of `@nestjs/terminus`. */
export interface SessionsHealth extends Omit<Health, 'status'> {
  status: 'up' | 'down';
}

/**
 * A health indicator for `@nestjs/terminus`. It needs nothing of that package but the form of the answer. Exported
 * by the module.
 *
 * ```ts
 * this.health.check([() => this.sessions.isHealthy('agent_sessions')])
 * ```
 */
@Injectable()
export class SessionsHealthIndicator {
  constructor(private readonly health: HealthService) {}

  /** `down` while the database does not answer. Without Redis it is `up`, since nothing is lost by that. Never throws. */
  async isHealthy<Key extends string>(key: Key): Promise<Record<Key, SessionsHealth>> {
    const { status, ...details } = await this.health.check();
    const health: SessionsHealth = { status: status === 'ok' ? 'up' : 'down', ...details };
    return { [key]: health } as Record<Key, SessionsHealth>;
  }
}
