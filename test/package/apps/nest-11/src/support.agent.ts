import { Injectable } from '@nestjs/common';
import type { Agent, Turn, TurnOutput } from 'nestjs-agent-sessions';
import { AppService } from './app.service';

@Injectable()
export class SupportAgent implements Agent {
  constructor(private readonly appService: AppService) {}

  async runTurn({ message, history, signal }: Turn): Promise<TurnOutput> {
    if (message.content === 'think') await aborted(signal);
    return `${this.appService.getHello()} ${message.content}, ${history.length} messages before`;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
