import { Inject, Injectable } from '@nestjs/common';

import { isThrown } from '../agents/agent-error.js';
import { AgentOutputError } from '../agents/agent-output-error.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { reportError } from '../logging/error-report.js';
import { type PrintedError, printError } from '../logging/printed-error.js';
import { copyMessage } from '../messages/copy-message.js';
import type { AgentErrorListener } from '../options/agent-error-listener.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import type { RunningTurn } from './running-turn.js';

/** Reports errors of agents to their authors: in the log, and to the host's `onAgentError`. */
@Injectable()
export class AgentErrors {
  private readonly logger = new ContainedLogger('Agents');

  constructor(@Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions) {}

  /** `what` says what has failed. Never throws and never waits. */
  report(run: RunningTurn, what: string, error: unknown): void {
    const { line, stack } = printed(error);
    this.logger.error(`${what}: ${run.label}: ${line}`, stack);
    void this.tellHost(run, error);
  }

  private async tellHost(run: RunningTurn, error: unknown): Promise<void> {
    // The function may be async, although its result has no effect.
    const listener: ((...given: Parameters<AgentErrorListener>) => unknown) | undefined =
      this.options.onAgentError;
    if (!listener) return;
    const { sessionId, turnId, attempt, claimed } = run;
    const { owner, metadata } = claimed;
    const turn = { sessionId, turnId, owner, metadata, attempt, message: copyMessage(claimed.message) };
    try {
      await listener(error, turn);
    } catch (thrown) {
      const { line, stack } = printError(reportError(thrown));
      this.logger.error(`onAgentError failed: ${run.label}: ${line}`, stack);
    }
  }
}

/** The frames of an AgentOutputError are this package's, and its message may quote the answer. */
function printed(error: unknown): PrintedError {
  return isThrown(error, AgentOutputError)
    ? { line: `${error.name}: ${error.withoutQuotes}` }
    : printError(reportError(error));
}
