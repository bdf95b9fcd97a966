import { Injectable } from '@nestjs/common';
import type { Agent, Turn, TurnOutput } from 'nestjs-agent-sessions';

/** Stands for an agent that calls a model. */
@Injectable()
export class SupportAgent implements Agent {
  runTurn({ message }: Turn): TurnOutput {
    return `An answer of the model to "${message.content ?? ''}"`;
  }
}
