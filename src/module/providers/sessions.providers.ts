import type { Provider } from '@nestjs/common';

import { EventCalls } from '../../sessions/event-calls.js';
import { ExpiredSessions } from '../../sessions/expired-sessions.js';
import { InterruptAnswers } from '../../sessions/interrupt-answers.js';
import { SessionEffects } from '../../sessions/session-effects.js';
import { SessionLifetime } from '../../sessions/session-lifetime.js';
import { SessionReads } from '../../sessions/session-reads.js';
import { SessionWaiters } from '../../sessions/session-waiters.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { LogFollowers } from '../../streams/log-followers.js';
import { TurnCalls } from '../../sessions/turn-calls.js';
import { TurnReads } from '../../sessions/turn-reads.js';

/** What callers use, over HTTP and in process. */
export const sessionsProviders: Provider[] = [
  SessionsService,
  SessionLifetime,
  SessionReads,
  TurnCalls,
  TurnReads,
  InterruptAnswers,
  SessionEffects,
  ExpiredSessions,
  SessionWaiters,
  EventCalls,
  LogFollowers,
];
