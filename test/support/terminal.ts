import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

import { findTool } from './tools.js';
import { until } from './until.js';

const run = promisify(execFile);

export interface TerminalSize {
  width?: number;
  height?: number;
}

/** Time limit of the hook that opens the first terminal, because tmux may have to be installed; in ms. */
export const TERMINAL_TIMEOUT_MS = 120_000;

/** A terminal with a shell in it, as tmux makes it. */
export class Terminal {
  private constructor(
    private readonly tmux: string,
    private readonly name: string,
  ) {}

  static async open({ width = 80, height = 24 }: TerminalSize = {}): Promise<Terminal> {
    const tmux = await findTool({ names: ['tmux'], aptPackage: 'tmux', hint: 'put tmux on the PATH' });
    const terminal = new Terminal(tmux, `agent-sessions-${randomUUID()}`);
    const size = ['-x', String(width), '-y', String(height)];
    await terminal.do('-f', '/dev/null', 'new-session', '-d', ...size, 'env', 'PS1=$ ', 'sh');
    return terminal;
  }

  /** Types a text, and Enter. */
  async types(text: string): Promise<void> {
    await this.do('send-keys', '-l', text);
    await this.presses('Enter');
  }

  /** Presses keys by tmux's names, such as `C-c`. */
  async presses(...keys: string[]): Promise<void> {
    await this.do('send-keys', ...keys);
  }

  /** Pastes a text as it is. */
  async pastes(text: string): Promise<void> {
    await this.do('set-buffer', text);
    await this.do('paste-buffer', '-r');
  }

  /** What the terminal shows, with the codes of its colours if they are wanted. */
  async shown(options: { colours?: boolean } = {}): Promise<string> {
    const { stdout } = await this.do('capture-pane', '-p', ...(options.colours ? ['-e'] : []));
    return stdout.trimEnd();
  }

  /** Waits until the terminal shows a text, and returns all that it shows. */
  async shows(text: string | RegExp): Promise<string> {
    let last = '';
    const matches = async () => {
      last = await this.shown();
      return typeof text === 'string' ? last.includes(text) : text.test(last);
    };
    await until(matches, { what: `${String(text)} on the terminal`, timeoutMs: 20_000 }).catch(
      (cause: unknown) => {
        throw new Error(`The terminal shows:\n${last}`, { cause });
      },
    );
    return last;
  }

  async close(): Promise<void> {
    await this.do('kill-server');
  }

  private do(...args: string[]) {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' };
    return run(this.tmux, ['-u', '-L', this.name, ...args], { env });
  }
}
