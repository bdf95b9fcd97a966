import type { AgentSide, AgentTransport, EngineSide } from '../agents/protocol/transport.js';
import type { AgentEnd, FromAgent } from '../agents/protocol/turn-messages.js';
import type { RunEnd } from '../facts/turn-end.js';
import type { ChatMessage } from '../messages/chat-message.js';
import { copyMessage } from '../messages/copy-message.js';
import type { RunAborted } from './run-aborted.js';
import { LOST } from './run-end.js';
import type { ClaimedTurn, TurnRun } from './turn.store.js';

/** What a run needs from its process: the agent, and the stores that it reads and writes. */
export interface RunPorts {
  /** The way to the agent. */
  transport(run: RunningTurn): AgentTransport;
  /** A history that did not come with the claim; undefined if the session is gone or the run was cut off. */
  readHistory(run: RunningTurn): Promise<ChatMessage[] | undefined>;
  /** The end of a run whose agent has ended. */
  endOfAgent(run: RunningTurn, end: AgentEnd): RunEnd;
  /** Writes the end; resolves with the end that was written, and never rejects. */
  record(run: RunningTurn, end: RunEnd): Promise<RunEnd>;
  onListenerError(run: RunningTurn, error: unknown): void;
}

/**
 * A run in this process, and the engine's side of the conversation with its agent. Everything that the agent sends
 * passes {@link receive}, everything that it is sent passes its {@link AgentSide}, and only the run reads or writes
 * stores for it, by its {@link RunPorts}.
 */
export class RunningTurn implements TurnRun, EngineSide {
  readonly turnId: string;
  readonly sessionId: string;
  readonly attempt: number;
  /** When it began, on this process's monotonic clock. */
  readonly began = performance.now();
  /** Whether its end is being written; a renewal may then find the turn ended. */
  isSettling = false;
  /** Whether the database said that the turn has ended or is another run's. */
  isLost = false;
  /** Tokens that the agent reported. */
  totalTokens: number | undefined;
  /** Settles when the agent no longer runs; never rejects. */
  agent: Promise<unknown> = Promise.resolve();
  /** Resolves when the run is cut off. */
  readonly cutOff: Promise<undefined>;

  private agentSide: AgentSide | undefined;
  private aborted: RunAborted | undefined;
  private onCutOff!: (value: undefined) => void;
  private onAgentEnd: (end: AgentEnd) => void = () => undefined;

  constructor(
    readonly claimed: ClaimedTurn,
    /** When the database last said that the run holds its turn, on the monotonic clock. */
    public heardAt: number,
    private readonly ports: RunPorts,
  ) {
    this.turnId = claimed.turnId;
    this.sessionId = claimed.sessionId;
    this.attempt = claimed.attempt;
    this.cutOff = new Promise((resolve) => (this.onCutOff = resolve));
  }

  /** For logs. */
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

  /** Has the agent answer; resolves with how the run ends: by its agent, or by what cut it off before. */
  async answer(): Promise<RunEnd> {
    const answered = this.callAgent();
    this.agent = answered;
    const end = await Promise.race([answered, this.cutOff]);
    return this.aborted?.end ?? end ?? LOST;
  }

  /** Writes how the run ends; resolves with the end that was written, and never rejects. */
  async record(end: RunEnd): Promise<RunEnd> {
    return this.ports.record(this, end);
  }

  receive(message: FromAgent): void {
    switch (message.type) {
      case 'usage':
        this.totalTokens = (this.totalTokens ?? 0) + message.tokens.total_tokens;
        break;
      case 'emit':
        // Dropped until there are event streams.
        break;
      case 'end':
        this.onAgentEnd(message);
    }
  }

  onListenerError(error: unknown): void {
    this.ports.onListenerError(this, error);
  }

  /** Settles when the agent has ended, and never rejects. */
  private async callAgent(): Promise<RunEnd> {
    try {
      const history = this.claimed.history ?? (await this.ports.readHistory(this));
      if (!history || this.isCutOff) return LOST;
      return this.ports.endOfAgent(this, await this.converse(history));
    } catch (error) {
      return this.ports.endOfAgent(this, { type: 'end', outcome: 'failed', error });
    }
  }

  private async converse(history: ChatMessage[]): Promise<AgentEnd> {
    const { sessionId, turnId, attempt, claimed } = this;
    // A copy, because the agent may change what it is given, and what was accepted is recorded.
    const message = copyMessage(claimed.message);
    const ended = new Promise<AgentEnd>((resolve) => (this.onAgentEnd = resolve));
    this.agentSide = this.ports.transport(this)(this);
    this.agentSide.send({ type: 'start', sessionId, turnId, attempt, message, history });
    return ended;
  }
}
