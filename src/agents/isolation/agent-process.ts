import { type ChildProcess, fork } from 'node:child_process';

import { after } from '../../timing/timers.js';
import type { AgentSide, EngineSide } from '../protocol/transport.js';
import type { AgentEnd, ToAgent, TurnStart } from '../protocol/turn-messages.js';
import { AgentProcessDied } from './agent-process-died.js';
import { reportError } from '../../logging/error-report.js';
import { toError } from './reported-error.js';
import { historyParts } from './history-parts.js';
import { environmentWithoutInspector, withoutInspector } from './node-arguments.js';
import { type FromChild, type ToChild, unwrap, wrap } from './process-messages.js';

/** How long an agent may continue after its signal is aborted; then its process is killed. */
const ABORT_GRACE_MS = 2_000;

/** The program of a child process. */
export interface AgentProgram {
  /** The file for Node; it calls `answerOneTurn`. */
  file: string;
  args: readonly string[];
  cwd: string;
  /** How long the agent may block its event loop, in ms; then its process is killed. */
  maxSilence: number;
}

/**
 * The engine's connection to an agent in a child process, for one turn. The process ends with the turn and with its
 * parent; its failures affect no other turn. The end message arrives when the process has exited.
 */
export class AgentProcess implements AgentSide {
  private readonly child: ChildProcess;
  private readonly silence: NodeJS.Timeout;
  private heardAt = performance.now();
  /** Sent when the agent's file is loaded; undefined once it is sent. */
  private waiting: TurnStart | undefined;
  /** The end of the run, set by either side; the first one counts. */
  private end: AgentEnd | undefined;
  private abortReason: Error | undefined;
  private stopGrace: () => void = () => undefined;

  constructor(
    program: AgentProgram,
    private readonly engine: EngineSide,
  ) {
    this.child = startChild(program);
    this.child.stdio[4]?.on('error', () => undefined);
    this.child.on('message', (message) => {
      this.receive(message);
    });
    this.silence = setInterval(() => {
      // Messages that arrived while this process was busy are received first.
      setImmediate(() => {
        if (performance.now() - this.heardAt > program.maxSilence) this.kill();
      });
    }, program.maxSilence / 2);
    void this.run();
  }

  send(message: ToAgent): void {
    switch (message.type) {
      case 'start':
        this.waiting = message;
        break;
      case 'abort':
        this.abort(message.reason);
        break;
      default:
        void this.post(message);
    }
  }

  private async run(): Promise<void> {
    let end: AgentEnd;
    try {
      await this.isGone();
      end = this.end ?? failed(this.abortReason ?? this.death());
    } catch (error) {
      end = failed(error);
    }
    this.stopGrace();
    clearInterval(this.silence);
    this.child.stdio[4]?.destroy();
    this.engine.receive(end);
  }

  /** Resolves once the process has exited and all its messages are received; rejects if it never started. */
  private async isGone(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!this.child.connected && (this.child.exitCode ?? this.child.signalCode) !== null) resolve();
      };
      this.child.on('exit', look);
      this.child.on('disconnect', () => {
        // Without its channel it cannot send a result.
        this.kill();
        look();
      });
      this.child.on('error', (cause) => {
        if (this.child.pid === undefined) reject(new AgentProcessDied(null, null, { cause }));
      });
    });
  }

  private death(): AgentProcessDied {
    return new AgentProcessDied(this.child.exitCode, this.child.signalCode);
  }

  private receive(received: unknown): void {
    this.heardAt = performance.now();
    const message = unwrap(received) as FromChild | undefined;
    if (!message || this.end) return;
    try {
      this.act(message);
    } catch (error) {
      this.endWith(failed(error));
    }
  }

  private act(message: FromChild): void {
    switch (message.type) {
      case 'alive':
        break;
      case 'ready':
        this.start().catch((error: unknown) => {
          this.endWith(failed(error));
        });
        break;
      case 'end':
        this.endWith(message.outcome === 'failed' ? failed(toError(message.error)) : message);
        break;
      default:
        this.engine.receive(message);
    }
  }

  private async start(): Promise<void> {
    if (!this.waiting) return;
    const { history, ...start } = this.waiting;
    for (const messages of historyParts(history)) await this.post({ type: 'history', messages });
    this.waiting = undefined;
    await this.post({ type: 'start', ...start });
  }

  private abort(reason: Error): void {
    this.abortReason = reason;
    if (this.waiting) {
      this.kill();
      return;
    }
    void this.post({ type: 'abort', reason: reportError(reason) });
    this.stopGrace = after(ABORT_GRACE_MS, () => {
      this.kill();
    });
  }

  /** Resolves when the message is written, or cannot be written because the process has exited. */
  private async post(message: ToChild): Promise<void> {
    await new Promise<void>((resolve) => {
      this.child.send(wrap(message), () => {
        resolve();
      });
    });
  }

  private endWith(end: AgentEnd): void {
    this.end ??= end;
    // Timers and connections that the agent left open would keep the process alive.
    this.kill();
  }

  private kill(): void {
    this.child.kill('SIGKILL');
  }
}

function failed(error: unknown): AgentEnd {
  return { type: 'end', outcome: 'failed', error };
}

function startChild({ file, args, cwd }: AgentProgram): ChildProcess {
  try {
    return fork(file, args, {
      cwd,
      env: environmentWithoutInspector(process.env),
      execArgv: withoutInspector(process.execArgv),
      // Twice as fast as JSON for text, and it blocks the event loop for half the time.
      serialization: 'advanced',
      // The last pipe lets the child detect that its parent has exited: see `watchParent`.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
  } catch (cause) {
    throw new AgentProcessDied(null, null, { cause });
  }
}
