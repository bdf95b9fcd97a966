import { Injectable } from '@nestjs/common';

import { type Health, HealthService } from './health.service.js';

/** The health of a module in the form of an indicator result of `@nestjs/terminus`. */
export interface SessionsHealth extends Omit<Health, 'status'> {
  /** `down` while the database does not respond. */
  status: 'up' | 'down';
}

/**
 * A health indicator for `@nestjs/terminus`, without a dependency on that package. Exported by the module.
 *
 * @example
 * ```ts
 * const check = (health: HealthCheckService, sessions: SessionsHealthIndicator) =>
 *   health.check([() => sessions.isHealthy('agent_sessions')]);
 * ```
 */
@Injectable()
export class SessionsHealthIndicator {
  /** @internal */
  constructor(private readonly health: HealthService) {}

  /**
   * `down` while the database does not respond. Without Redis it is `up`, because nothing is lost. Never throws.
   *
   * @param key - The name under which terminus reports it
   */
  async isHealthy<Key extends string>(key: Key): Promise<Record<Key, SessionsHealth>> {
    const { status, ...details } = await this.health.check();
    const health: SessionsHealth = { status: status === 'ok' ? 'up' : 'down', ...details };
    return { [key]: health } as Record<Key, SessionsHealth>;
  }
}
