import { describe, expect, it } from '@jest/globals';

import { EVENT_OF_FACT } from '../../src/lifecycle-events/event-of-fact.js';
import { lifecycleEvents } from '../../src/index.js';
import { TURN_CODES, TURN_OUTCOMES } from '../../src/facts/turn-end.js';

/** The names that the log of a session gives to changes, as far as there are facts of them. */
const LOGGED = [
  'session.deleted',
  'turn.queued',
  'turn.started',
  'turn.requeued',
  'turn.interrupted',
  'turn.resumed',
  'turn.completed',
  'turn.failed',
];

/** Facts that the log shows under another name: a cancel as a failure, an expiry as a deletion, a delivery not at all. */
const NOT_LOGGED = [
  'session.created',
  'session.expired',
  'turn.cancelled',
  'delivery.delivered',
  'delivery.retrying',
  'delivery.failed',
];

/** Facts without a lifecycle event. */
const INTERNAL: string[] = [];

const facts = Object.keys(EVENT_OF_FACT);

describe('the catalogue of facts', () => {
  it('gives each fact the name in the log, or lists it as an exception', () => {
    expect([...facts].sort()).toEqual([...LOGGED, ...NOT_LOGGED].sort());
  });

  it('has a lifecycle event for each fact that is not internal, and a fact for each lifecycle event', () => {
    const events = Object.entries(EVENT_OF_FACT).filter(([fact]) => !INTERNAL.includes(fact));
    expect(events.map(([, event]) => event).sort()).toEqual(Object.values(lifecycleEvents).sort());
  });

  it('names each event after its fact, except for an accepted turn', () => {
    const others = Object.entries(EVENT_OF_FACT).filter(
      ([fact, event]) => event !== `agent-sessions.${fact}`,
    );
    expect(others).toEqual([['turn.queued', 'agent-sessions.turn.accepted']]);
  });

  it('has a fact for each outcome of a turn', () => {
    expect(facts).toEqual(expect.arrayContaining(TURN_OUTCOMES.map((outcome) => `turn.${outcome}`)));
  });

  it('has a code for each outcome except success', () => {
    expect(TURN_CODES).toContain('cancelled');
    expect(TURN_CODES.every((code) => /^[a-z]+(_[a-z]+)*$/.test(code))).toBe(true);
  });
});
