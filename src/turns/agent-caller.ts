import { Inject, Injectable } from '@nestjs/common';

import { AGENT, type Turn, type TurnOutput } from '../agents/agent.js';
import { describeAgentError, locateAgentError } from '../agents/agent-error.js';
import type { AgentHost } from '../agents/agent-host.js';
import { AgentProcessDied } from '../agents/isolation/agent-process-died.js';
import { createTurn } from '../agents/turn-context.js';
import { AgentOutputError, readTurnOutput } from '../agents/turn-output.js';
import { describeRefusal } from '../exceptions/refusal.js';
import { DatabaseRejectedException } from '../exceptions/index.js';
import type { RunEnd } from '../facts/turn-end.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import type { ChatMessage } from '../messages/chat-message.js';
import { ChatMessageRepository } from '../messages/chat-message.repository.js';
import { copyMessage } from '../messages/copy-message.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { pause } from '../timing/timers.js';
import { describeLostRuns, LOST } from './run-end.js';
import type { RunningTurn } from './running-turn.js';

/** How long after a failure the history is read again, in ms. */
const READ_AGAIN_MS = 500;

/** Calls the agent for a run. Returns, throws and errors of the agent only become the end of the run. */
@Injectable()
export class AgentCaller {
  private readonly logger = new ContainedLogger(AgentCaller.name);

  constructor(
    private readonly messages: ChatMessageRepository,
    @Inject(AGENT) private readonly agent: AgentHost,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /** Whether last runs have a process of their own, so that this one does not die of them. */
  get isolates(): boolean {
    return this.agent.isolates;
  }

  /** How the run would end by its agent; settles when the agent has, and never rejects. */
  async call(run: RunningTurn): Promise<RunEnd> {
    const { claimed, signal } = run;
    let output: TurnOutput;
    try {
      const history = claimed.history ?? (await this.readHistory(run));
      if (!history || signal.aborted) return LOST;
      // Copies, because the agent may change what it is given, and what was accepted is recorded.
      const message = copyMessage(claimed.message);
      const turn = createTurn({ ...claimed, message, history, signal }, (tokens) => {
        run.totalTokens = (run.totalTokens ?? 0) + tokens;
      });
      output = await this.runAgent(run, turn);
    } catch (error) {
      return this.failure(run, error);
    }
    try {
      return { outcome: 'completed', result: readTurnOutput(output, claimed.message) };
    } catch (error) {
      return this.rejection(run, error);
    }
  }

  private async runAgent({ claimed, label }: RunningTurn, turn: Turn): Promise<TurnOutput> {
    if (!claimed.isLastRun) return this.agent.runTurn(turn);
    const isolated = this.agent.runIsolated(turn);
    const where = isolated ? 'in a process of its own' : 'beside others';
    this.logger.warn(`All earlier runs were lost with their workers; the last one starts ${where}: ${label}`);
    return isolated ?? this.agent.runTurn(turn);
  }

  /** A history that was too large to come with the claim; undefined where the session is gone or the run cut off. */
  private async readHistory({ sessionId, signal, label }: RunningTurn): Promise<ChatMessage[] | undefined> {
    while (!signal.aborted) {
      try {
        return await this.messages.history({}, sessionId);
      } catch (error) {
        if (error instanceof DatabaseRejectedException) {
          throw new Error(`The session's history could not be read: ${describeRefusal(error)}`, {
            cause: error,
          });
        }
        this.logger.warn(`The history could not be read yet: ${label}: ${toLogText(error)}`);
        await pause(READ_AGAIN_MS, signal);
      }
    }
    return undefined;
  }

  private failure(run: RunningTurn, error: unknown): RunEnd {
    if (isProcessDeath(error)) {
      if (!run.signal.aborted) this.logger.warn(`${toLogText(error)}: ${run.label}`);
      return { outcome: 'failed', reason: 'worker_lost', error: describeLostRuns(this.options.maxAttempts) };
    }
    if (!run.signal.aborted) this.logger.warn(`The agent failed: ${run.label}: ${locateAgentError(error)}`);
    return { outcome: 'failed', reason: 'agent_error', error: describeAgentError(error) };
  }

  private rejection(run: RunningTurn, error: unknown): RunEnd {
    const why = error instanceof AgentOutputError ? error.name : locateAgentError(error);
    if (!run.signal.aborted) this.logger.warn(`The agent's answer is none: ${run.label}: ${why}`);
    return { outcome: 'failed', reason: 'output_rejected', error: describeAgentError(error) };
  }
}

/** What an agent throws may throw itself when it is looked at. */
function isProcessDeath(error: unknown): boolean {
  try {
    return error instanceof AgentProcessDied;
  } catch {
    return false;
  }
}
