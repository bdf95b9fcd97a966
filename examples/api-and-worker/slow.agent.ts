import { Injectable } from '@nestjs/common';
import type { Agent, Turn } from 'nestjs-agent-sessions';
import { setTimeout as delay } from 'node:timers/promises';

/** Answers after two seconds, with the id of the process that ran the turn. */
@Injectable()
export class SlowAgent implements Agent {
  async runTurn({ message, attempt, signal }: Turn): Promise<string> {
    await delay(2_000, undefined, { signal });
    return `${message.content ?? ''}: process ${process.pid}, attempt ${attempt}`;
  }
}
