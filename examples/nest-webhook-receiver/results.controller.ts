import { Body, Controller, Headers, HttpCode, Logger, Post, UseGuards } from '@nestjs/common';
import type { WebhookPayload } from 'nestjs-agent-sessions';

import { WebhookGuard } from './webhook.guard.js';

@Controller('agent-results')
@UseGuards(WebhookGuard)
export class ResultsController {
  private readonly logger = new Logger('Results');
  // In production use a table with a unique column, so that the ids survive a restart.
  private readonly done = new Set<string>();

  @Post()
  @HttpCode(204)
  receive(@Headers('webhook-id') id: string, @Body() result: WebhookPayload): void {
    if (this.done.has(id)) return;
    this.done.add(id);
    this.logger.log(
      `${result.session_id} is ${result.status}: ${result.response?.content ?? result.error ?? ''}`,
    );
  }
}
