import type { Provider } from '@nestjs/common';

import { SessionEffects } from '../../sessions/session-effects.js';
import { SessionWaiters } from '../../sessions/session-waiters.js';
import { SessionsService } from '../../sessions/sessions.service.js';

/** The services for callers, over HTTP and in process. */
export const sessionsProviders: Provider[] = [SessionsService, SessionEffects, SessionWaiters];
