import { describe, it } from '@jest/globals';

import { backends } from '../support/stacks.js';
import { useStores } from './open-stores.js';
import { deliveries } from './suite/deliveries.js';
import { deliveryHistory } from './suite/delivery-history.js';
import { eventLog } from './suite/event-log.js';
import { findDeliveries } from './suite/find-deliveries.js';
import { idempotency } from './suite/idempotency.js';
import { interruptAnswers } from './suite/interrupt-answers.js';
import { interruptExpiry } from './suite/interrupt-expiry.js';
import { longSessions } from './suite/long-sessions.js';
import { queue } from './suite/queue.js';
import { recordings } from './suite/recordings.js';
import { sessionLists } from './suite/session-lists.js';
import { sessionCount } from './suite/session-count.js';
import { sessions } from './suite/sessions.js';
import { turnCancel } from './suite/turn-cancel.js';
import { turnReclaim } from './suite/turn-reclaim.js';
import { turnTransitions } from './suite/turn-transitions.js';

const suites = [
  sessions,
  longSessions,
  sessionLists,
  sessionCount,
  idempotency,
  turnTransitions,
  turnCancel,
  turnReclaim,
  eventLog,
  queue,
  recordings,
  interruptAnswers,
  interruptExpiry,
  deliveries,
  findDeliveries,
  deliveryHistory,
];

describe.each(suites)('$title', ({ define }) => {
  describe.each(backends)('on $name', (backend) => {
    define(useStores(backend), it);
  });
});
