import { Inject, Injectable } from '@nestjs/common';

import { AGENT } from '../agents/agent.js';
import { describeAgentError, isThrown } from '../agents/agent-error.js';
import type { AgentHost } from '../agents/agent-host.js';
import { AgentProcessDied } from '../agents/isolation/agent-process-died.js';
import type { AgentTransport } from '../agents/protocol/transport.js';
import type { AgentEnd } from '../agents/protocol/turn-messages.js';
import type { NewStep, TurnRecording } from '../agents/recording/recording.js';
import { AgentOutputError } from '../agents/agent-output-error.js';
import { readTurnOutput, type TurnResult } from '../agents/turn-output.js';
import { DatabaseRejectedException } from '../exceptions/index.js';
import { unreadable } from '../exceptions/refusal.js';
import type { RunEnd } from '../facts/turn-end.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import type { ChatMessage } from '../messages/chat-message.js';
import { ChatMessageRepository } from '../messages/chat-message.repository.js';
import { RecentHistories } from '../messages/recent-histories.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { settleWithin } from '../timing/timers.js';
import { AgentErrors } from './agent-errors.js';
import { EventOutbox } from './event-outbox.js';
import { describeLostRuns } from './run-end.js';
import { RunRecorder } from './run-recorder.js';
import type { RunningTurn, RunPorts } from './running-turn.js';
import { TurnRecordings } from './turn-recordings.js';

/** Pause before the history is read again after a failure. */
const READ_AGAIN_MS = 500;

/** Shared by all runs of this process: the agent and the stores. */
@Injectable()
export class RunServices implements RunPorts {
  private readonly logger = new ContainedLogger('TurnRunner');

  constructor(
    private readonly messages: ChatMessageRepository,
    private readonly recent: RecentHistories,
    private readonly recorder: RunRecorder,
    private readonly recordings: TurnRecordings,
    private readonly outbox: EventOutbox,
    private readonly agentErrors: AgentErrors,
    @Inject(AGENT) private readonly agent: AgentHost,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /** Whether last runs happen in a child process, so that they cannot kill this one. */
  get isolates(): boolean {
    return this.agent.isolated !== undefined;
  }

  transport({ claimed, label }: RunningTurn): AgentTransport {
    const { inProcess, isolated } = this.agent;
    if (!claimed.isLastRun) return inProcess;
    const where = isolated ? 'in a process of its own' : 'beside others';
    this.logger.warn(`All earlier runs were lost with their workers; the last one starts ${where}: ${label}`);
    return isolated ?? inProcess;
  }

  /** Gives a run the history before its turn's message, if this process has it. */
  useRecentHistory(run: RunningTurn): void {
    const { sessionId, historyName, historyLength } = run.claimed;
    const recent = this.recent.find(sessionId, historyName, historyLength);
    if (!recent) return;
    run.history = recent.messages;
    run.isLongHistory = recent.isLong;
  }

  async readHistory(run: RunningTurn): Promise<ChatMessage[] | undefined> {
    while (!run.isCutOff) {
      try {
        // Scoped, because another owner may have created a session with the same id since the claim.
        return await this.messages.history({ owner: run.claimed.owner }, run.sessionId);
      } catch (error) {
        if (error instanceof DatabaseRejectedException) {
          throw unreadable("The session's history", error);
        }
        this.logger.warn(`The history could not be read yet: ${run.label}: ${toLogText(error)}`);
        await settleWithin([run.cutOff], READ_AGAIN_MS);
      }
    }
    return undefined;
  }

  async readRecording(run: RunningTurn): Promise<TurnRecording | undefined> {
    return this.recordings.read(run);
  }

  async recordStep(run: RunningTurn, step: NewStep): Promise<string | undefined> {
    return this.recordings.recordStep(run, step);
  }

  endOfAgent(run: RunningTurn, end: AgentEnd): RunEnd {
    if (end.outcome === 'failed') return this.failure(run, end.error);
    try {
      const result = readTurnOutput(end.output, run.claimed.message, this.options.maxHistory);
      return { outcome: 'completed', result };
    } catch (error) {
      return this.rejection(run, error);
    }
  }

  async record(run: RunningTurn, end: RunEnd): Promise<RunEnd> {
    const written = await this.recorder.record(run, end);
    if (written.outcome === 'completed') this.keepHistory(run, written.result);
    return written;
  }

  emit(run: RunningTurn, event: { type: string; data: string; bytes: number }): void {
    this.outbox.add(run, event);
  }

  onListenerError(run: RunningTurn, error: unknown): void {
    this.agentErrors.report(run, 'An abort listener of the agent failed', error);
  }

  private keepHistory({ claimed, history }: RunningTurn, { messages, replacesHistory }: TurnResult): void {
    const { sessionId, historyName } = claimed;
    if (!history || replacesHistory) this.recent.forget(sessionId);
    else this.recent.keep(sessionId, historyName, history, messages);
  }

  private failure(run: RunningTurn, error: unknown): RunEnd {
    if (isThrown(error, AgentProcessDied)) {
      if (!run.isCutOff) this.logger.warn(`${toLogText(error)}: ${run.label}`);
      return { outcome: 'failed', reason: 'worker_lost', error: describeLostRuns(this.options.maxAttempts) };
    }
    if (!run.isCutOff) this.agentErrors.report(run, 'The agent failed', error);
    return { outcome: 'failed', reason: 'agent_error', error: describeAgentError(error), cause: error };
  }

  private rejection(run: RunningTurn, error: unknown): RunEnd {
    if (!run.isCutOff) this.agentErrors.report(run, "The agent's answer is none", error);
    const reason = error instanceof AgentOutputError ? error.code : 'output_rejected';
    return { outcome: 'failed', reason, error: describeAgentError(error), cause: error };
  }
}
