import { Injectable } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import type { Fact } from './fact.js';

/**
 * Hands each fact to the parts of this process that subscribe to facts. A fact is published after the commit of its
 * change, at most once, and only in the process that made the change. Nothing is durable here: a process that dies
 * publishes nothing. Code that must not miss a change reads the database.
 */
@Injectable()
export class Facts {
  private readonly logger = new ContainedLogger(Facts.name);
  private readonly subscribers: ((fact: Fact) => void)[] = [];

  /** Calls the subscriber with every fact from now on. */
  subscribe(subscriber: (fact: Fact) => void): void {
    this.subscribers.push(subscriber);
  }

  /** Never throws and never waits; call it after the commit. */
  publish(fact: Fact): void {
    for (const subscriber of this.subscribers) {
      try {
        subscriber(fact);
      } catch (error) {
        this.logger.error(`A subscriber failed on ${fact.type}: ${toLogText(error)}`);
      }
    }
  }
}
