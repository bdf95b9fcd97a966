import type { AgentSide, AgentTransport, EngineSide } from '../agents/protocol/transport.js';
import type { EmittedEvent } from '../agents/emitted-event.js';
import type { AgentEnd, FromAgent } from '../agents/protocol/turn-messages.js';
import { type NewStep, NOTHING_RECORDED, type TurnRecording } from '../agents/recording/recording.js';
import { failpoint } from '../failpoints/failpoints.js';
import type { RunEnd } from '../facts/turn-end.js';
import type { ChatMessage } from '../messages/chat-message.js';
import { RunAborted } from './run-aborted.js';
import { LOST } from './run-end.js';
import { RunStream } from './run-stream.js';
import type { TurnRun } from './turn-run.js';
import type { ClaimedTurn } from './turn.store.js';

/** The services that a run uses: the agent, and the stores that it reads and writes. */
export interface RunPorts {
  /** The transport to the agent. */
  transport(run: RunningTurn): AgentTransport;
  /** The history from the database; undefined if the session was deleted or the run was aborted. */
  readHistory(run: RunningTurn): Promise<ChatMessage[] | undefined>;
  /** What earlier runs of the turn have recorded; undefined if the run was aborted. */
  readRecording(run: RunningTurn): Promise<TurnRecording | undefined>;
  /** Records a step. Resolves with the reason if that is not possible; never rejects. */
  recordStep(run: RunningTurn, step: NewStep): Promise<string | undefined>;
  /** The end of a run whose agent has returned or thrown. */
  endOfAgent(run: RunningTurn, end: AgentEnd): RunEnd;
  /** Writes the end; resolves with the end that was written, and never rejects. */
  record(run: RunningTurn, end: RunEnd): Promise<RunEnd>;
  /** Streams an event to the log, at some time before what the run writes next. Never throws and never waits. */
  emit(run: RunningTurn, event: { type: string; data: string; bytes: number }): void;
  onListenerError(run: RunningTurn, error: unknown): void;
}

/**
 * A run in this process, and the engine's side of the protocol with its agent. All messages of the agent pass through
 * {@link receive}, all messages to it through its {@link AgentSide}, and only the run accesses stores on its behalf,
 * through its {@link RunPorts}.
 */
export class RunningTurn implements TurnRun, EngineSide {
  readonly turnId: string;
  readonly sessionId: string;
  readonly attempt: number;
  /** Its start, on this process's monotonic clock. */
  readonly began = performance.now();
  /** Whether its end is being written; a renewal may then find the turn ended. */
  isSettling = false;
  /** Whether the database reported that the turn has ended or belongs to another run. */
  isLost = false;
  /** The history before the message, once the run has it; shared, so it must not be changed. */
  history: readonly ChatMessage[] | undefined;
  /** Whether that history is too long to be copied at once. */
  isLongHistory = false;
  /** The messages that it has streamed. */
  readonly stream = new RunStream();
  /** Tokens that the agent reported. */
  totalTokens: number | undefined;
  /** Settles when the agent has ended. Never rejects. */
  agent: Promise<unknown> = Promise.resolve();
  /** Resolves when the run is aborted. */
  readonly cutOff: Promise<undefined>;

  private agentSide: AgentSide | undefined;
  private aborted: RunAborted | undefined;
  private onCutOff!: (value: undefined) => void;
  private onAgentEnd: (end: AgentEnd) => void = () => undefined;

  constructor(
    readonly claimed: ClaimedTurn,
    /** When the database last confirmed that the run holds its turn, on the monotonic clock. */
    public heardAt: number,
    private readonly ports: RunPorts,
  ) {
    this.turnId = claimed.turnId;
    this.sessionId = claimed.sessionId;
    this.attempt = claimed.attempt;
    this.history = claimed.history;
    this.cutOff = new Promise((resolve) => (this.onCutOff = resolve));
  }

  /** The run's name in logs. */
  get label(): string {
    return `session ${this.sessionId} turn ${this.turnId} attempt ${this.attempt}`;
  }

  get isCutOff(): boolean {
    return this.aborted !== undefined;
  }

  /** Cuts the run off. The first reason counts. */
  abort(reason: RunAborted): void {
    if (this.aborted) return;
    this.aborted = reason;
    this.onCutOff(undefined);
    this.agentSide?.send({ type: 'abort', reason });
  }

  /** Calls the agent; resolves with the end of the run: the agent's, or the abort that came before. */
  async answer(): Promise<RunEnd> {
    const answered = this.callAgent();
    this.agent = answered;
    const end = await Promise.race([answered, this.cutOff]);
    return this.aborted?.end ?? end ?? LOST;
  }

  /** Writes the end of the run; resolves with the written end. Never rejects. */
  async record(end: RunEnd): Promise<RunEnd> {
    return this.ports.record(this, end);
  }

  receive(message: FromAgent): void {
    switch (message.type) {
      case 'usage':
        this.totalTokens = Math.min(
          (this.totalTokens ?? 0) + message.tokens.total_tokens,
          Number.MAX_SAFE_INTEGER,
        );
        break;
      case 'emit':
        // What is emitted after the end would follow it in the log.
        if (this.isCutOff || this.isSettling) break;
        this.emit(message.event);
        break;
      case 'step':
        void this.recordStep(message.call, message.step);
        break;
      case 'suspend': {
        const { interrupts } = message;
        const end: RunEnd = { outcome: 'interrupted', interrupts };
        this.abort(new RunAborted('interrupted', 'The turn waits for an answer', end));
        break;
      }
      case 'fail': {
        const { code: reason, error } = message;
        this.abort(new RunAborted(reason, error, { outcome: 'failed', reason, error }));
        break;
      }
      case 'end':
        this.onAgentEnd(message);
    }
  }

  onListenerError(error: unknown): void {
    this.ports.onListenerError(this, error);
  }

  /** Settles when the agent has ended. Never rejects. */
  private async callAgent(): Promise<RunEnd> {
    try {
      if (!this.history) {
        this.history = await this.ports.readHistory(this);
        // A short one comes with the claim.
        this.isLongHistory = true;
      }
      const recording = this.attempt === 1 ? NOTHING_RECORDED : await this.ports.readRecording(this);
      if (!this.history || !recording || this.isCutOff) return LOST;
      return this.ports.endOfAgent(this, await this.converse(this.history, recording));
    } catch (error) {
      return this.ports.endOfAgent(this, { type: 'end', outcome: 'failed', error });
    }
  }

  private async converse(history: readonly ChatMessage[], recording: TurnRecording): Promise<AgentEnd> {
    const { sessionId, turnId, attempt, claimed, isLongHistory } = this;
    const { message, owner, metadata, eventBytes } = claimed;
    const ended = new Promise<AgentEnd>((resolve) => (this.onAgentEnd = resolve));
    this.agentSide = this.ports.transport(this)(this);
    const start = { sessionId, turnId, owner, metadata, attempt, message, recording, eventBytes };
    this.agentSide.send({ type: 'start', ...start, history, isLongHistory });
    return ended;
  }

  private emit(event: EmittedEvent): void {
    const { type, bytes } = event;
    this.ports.emit(this, { type, bytes, data: this.stream.dataOf(event) });
  }

  private async recordStep(call: number, step: NewStep): Promise<void> {
    const refusal = await this.ports.recordStep(this, step);
    failpoint('recorded_step');
    const answer = refusal === undefined ? { call } : { call, refusal };
    this.agentSide?.send({ type: 'recorded', ...answer });
  }
}
