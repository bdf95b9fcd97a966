import { createInterface, type Interface } from 'node:readline';

/** An answer to a question of the agent; undefined if the input has ended. */
export type PossibleAnswer = Promise<{ value: unknown } | undefined>;

/** Where the lines of a conversation come from. */
export interface ChatInput {
  /** What stands before a message. */
  readonly prompt: string;
  /** The next line; undefined at the end of input and after Ctrl+C. */
  ask(prompt: string): Promise<string | undefined>;
  /** Ends a question that is open, without an answer. */
  interrupt(): void;
  /** Lets the program end. */
  close(): void;
}

/** The terminal, or lines from a pipe or file. `interrupt` is called for Ctrl+C at a prompt. */
export function chatInput(interrupt: () => void): ChatInput {
  return process.stdin.isTTY && process.stderr.isTTY ? new TerminalInput(interrupt) : new PipedInput();
}

/**
 * A prompt for each question only: between them the terminal is in its usual state, in which Ctrl+C is a signal and
 * what is typed waits.
 */
class TerminalInput implements ChatInput {
  readonly prompt = '> ';
  private open: Interface | undefined;
  private history: string[] = [];
  /** Lines that were pasted together with the first. */
  private readonly pasted: string[] = [];

  /** A pasted line without its end. */
  private begun = '';

  constructor(private readonly onInterrupt: () => void) {}

  ask(prompt: string): Promise<string | undefined> {
    if (this.pasted.length > 0) return Promise.resolve(this.pasted.shift());
    return new Promise((resolve) => {
      const { history } = this;
      const lines = createInterface({
        input: process.stdin,
        output: process.stderr,
        terminal: true,
        history,
      });
      this.open = lines;
      let answer: string | undefined;
      lines.on('history', (all) => (this.history = all));
      lines.on('line', (line) => {
        if (answer === undefined) answer = line;
        else this.pasted.push(line);
        // The rest of what was pasted comes at once.
        setImmediate(() => {
          lines.close();
        });
      });
      lines.on('SIGINT', () => {
        lines.close();
        this.onInterrupt();
      });
      lines.on('close', () => {
        if (answer === undefined) process.stderr.write('\n');
        else this.begun = lines.line;
        resolve(answer);
      });
      lines.setPrompt(prompt);
      lines.prompt();
      lines.write(this.begun);
      this.begun = '';
    });
  }

  interrupt(): void {
    this.open?.close();
  }

  close(): void {
    this.open?.close();
  }
}

class PipedInput implements ChatInput {
  readonly prompt = '';
  private lines: Interface | undefined;
  private iterator: AsyncIterator<string> | undefined;
  /** Kept for the next question if one is interrupted. */
  private next: Promise<IteratorResult<string>> | undefined;
  private stop: () => void = () => undefined;

  async ask(prompt: string): Promise<string | undefined> {
    process.stderr.write(prompt);
    // Not before a line is needed: a loop of the shell may read the same input.
    this.lines ??= createInterface({ input: process.stdin, terminal: false });
    this.iterator ??= this.lines[Symbol.asyncIterator]();
    this.next ??= this.iterator.next();
    const stopped = new Promise<undefined>((resolve) => {
      this.stop = () => {
        resolve(undefined);
      };
    });
    const line = await Promise.race([this.next, stopped]);
    if (prompt !== '') process.stderr.write('\n');
    if (!line) return undefined;
    this.next = undefined;
    return line.done ? undefined : line.value;
  }

  interrupt(): void {
    this.stop();
  }

  close(): void {
    if (!this.lines) return;
    this.lines.close();
    process.stdin.destroy();
  }
}
