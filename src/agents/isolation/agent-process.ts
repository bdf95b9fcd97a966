import { type ChildProcess, fork } from 'node:child_process';

import { after } from '../../timing/timers.js';
import type { Turn, TurnOutput } from '../agent.js';
import { AgentProcessDied } from './agent-process-died.js';
import { toError } from './error-report.js';
import { historyParts } from './history-parts.js';
import { environmentWithoutInspector, withoutInspector } from './node-arguments.js';
import { type FromAgent, isFromAgent, type ToAgent, type TurnEnd } from './turn-messages.js';

/** How long an agent may go on once its signal is aborted, in ms; then its process is killed. */
const ABORT_GRACE_MS = 2_000;

/** What a child process runs. */
export interface AgentProgram {
  /** The file that Node runs; it calls `answerOneTurn`. */
  file: string;
  args: readonly string[];
  cwd: string;
  /** How long the agent may block its event loop, in ms; then its process is killed. */
  maxSilence: number;
}

/** One turn in a process of its own, which ends with the turn and with its parent; what it does to itself affects no other turn. */
export class AgentProcess {
  /** The agent's answer or error, once the process is gone. */
  readonly outcome: Promise<TurnOutput>;

  private readonly child: ChildProcess;
  private readonly silence: NodeJS.Timeout;
  private heardAt = performance.now();
  private isStarted = false;
  private end: TurnEnd | undefined;
  /** What went wrong on this side. */
  private problem: { error: unknown } | undefined;

  constructor(
    program: AgentProgram,
    private readonly turn: Turn,
  ) {
    this.child = startChild(program);
    this.child.stdio[4]?.on('error', () => undefined);
    this.child.on('message', (message) => {
      this.receive(message);
    });
    this.silence = setInterval(() => {
      // What came while this process was busy itself is received first.
      setImmediate(() => {
        if (performance.now() - this.heardAt > program.maxSilence) this.kill();
      });
    }, program.maxSilence / 2);
    this.outcome = this.run();
  }

  private async run(): Promise<TurnOutput> {
    let stopGrace: () => void = () => undefined;
    const abort = () => {
      if (!this.isStarted) {
        this.kill();
        return;
      }
      const { name, message } = toReason(this.turn.signal.reason);
      void this.send({ type: 'abort', name, message });
      stopGrace = after(ABORT_GRACE_MS, () => {
        this.kill();
      });
    };
    this.turn.signal.addEventListener('abort', abort, { once: true });
    try {
      await this.isGone();
    } finally {
      this.turn.signal.removeEventListener('abort', abort);
      stopGrace();
      clearInterval(this.silence);
      this.child.stdio[4]?.destroy();
    }
    return this.readOutcome();
  }

  /** Resolves once the process has ended and all that it had sent is received; rejects if there never was one. */
  private async isGone(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!this.child.connected && (this.child.exitCode ?? this.child.signalCode) !== null) resolve();
      };
      this.child.on('exit', look);
      this.child.on('disconnect', () => {
        // Without its channel it cannot answer any more.
        this.kill();
        look();
      });
      this.child.on('error', (cause) => {
        if (this.child.pid === undefined) reject(new AgentProcessDied(null, null, { cause }));
      });
    });
  }

  private readOutcome(): TurnOutput {
    if (this.problem) throw this.problem.error;
    if (this.end?.outcome === 'completed') return this.end.output;
    if (this.end) throw toError(this.end.error);
    this.turn.signal.throwIfAborted();
    throw new AgentProcessDied(this.child.exitCode, this.child.signalCode);
  }

  private receive(message: unknown): void {
    this.heardAt = performance.now();
    if (this.end || this.problem || !isFromAgent(message)) return;
    try {
      this.act(message);
    } catch (error) {
      this.fail(error);
    }
  }

  private act(message: FromAgent): void {
    switch (message.type) {
      case 'ready':
        this.start().catch((error: unknown) => {
          this.fail(error);
        });
        break;
      case 'usage':
        this.turn.usage(message.tokens);
        break;
      case 'emit':
        this.turn.emit(message.delta);
        break;
      case 'end':
        this.end = message;
        // Timers and connections that the agent left open would keep the process alive.
        this.kill();
        break;
      case 'alive':
    }
  }

  private async start(): Promise<void> {
    const { sessionId, turnId, attempt, message, history } = this.turn;
    for (const messages of historyParts(history)) await this.send({ type: 'history', messages });
    this.isStarted = true;
    await this.send({ type: 'start', sessionId, turnId, attempt, message });
  }

  /** Resolves when the message is written, or cannot be because the process has gone. */
  private async send(message: ToAgent): Promise<void> {
    await new Promise<void>((resolve) => {
      this.child.send(message, () => {
        resolve();
      });
    });
  }

  private fail(error: unknown): void {
    this.problem ??= { error };
    this.kill();
  }

  private kill(): void {
    this.child.kill('SIGKILL');
  }
}

function startChild({ file, args, cwd }: AgentProgram): ChildProcess {
  try {
    return fork(file, args, {
      cwd,
      env: environmentWithoutInspector(process.env),
      execArgv: withoutInspector(process.execArgv),
      // Twice as fast as JSON for what is mostly text, and it blocks the event loop for half the time.
      serialization: 'advanced',
      // The last one is for the child to notice that its parent is gone: see `watchParent`.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
  } catch (cause) {
    throw new AgentProcessDied(null, null, { cause });
  }
}

function toReason(reason: unknown): { name: string; message: string } {
  return reason instanceof Error ? reason : { name: 'AbortError', message: String(reason) };
}
