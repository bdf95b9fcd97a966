import { Injectable } from '@nestjs/common';

import { type Health, HealthService } from './health.service.js';

/** The health of a module in the form of an indicator result of `@nestjs/terminus`. */
export interface SessionsHealth extends Omit<Health, 'status'> {
  status: 'up' | 'down';
}

/**
 * A health indicator for `@nestjs/terminus`, without a dependency on that package. Exported by the module.
 *
 * ```ts
 * this.health.check([() => this.sessions.isHealthy('agent_sessions')])
 * ```
 */
@Injectable()
export class SessionsHealthIndicator {
  constructor(private readonly health: HealthService) {}

  /** `down` while the database does not respond. Without Redis it is `up`, because nothing is lost. Never throws. */
  async isHealthy<Key extends string>(key: Key): Promise<Record<Key, SessionsHealth>> {
    const { status, ...details } = await this.health.check();
    const health: SessionsHealth = { status: status === 'ok' ? 'up' : 'down', ...details };
    return { [key]: health } as Record<Key, SessionsHealth>;
  }
}
