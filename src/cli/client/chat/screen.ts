const STYLES = { dim: 2, red: 31, bold: 1 } as const;

/** What a terminal could take for a command: control characters other than tabs and line feeds. */
// eslint-disable-next-line no-control-regex -- these are what must not reach the terminal
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The longest text of one line about a tool. */
const MAX_NOTE = 400;

/** The answers on stdout, everything else on stderr. */
export class Screen {
  private lineIsOpen = false;

  /** Answers can be left out. */
  constructor(private readonly showsContent: boolean) {}

  /** A part of an answer. */
  content(text: string): void {
    const shown = process.stdout.isTTY ? text.replace(CONTROLS, '') : text;
    if (shown === '' || !this.showsContent) return;
    process.stdout.write(shown);
    this.lineIsOpen = !shown.endsWith('\n');
  }

  /** Ends the answer's last line. */
  endLine(): void {
    if (this.lineIsOpen) process.stdout.write('\n');
    this.lineIsOpen = false;
  }

  /** One line beside the conversation. */
  note(text: string): void {
    this.aside('dim', inOneLine(text));
  }

  /** One line about a failure. */
  failure(text: string): void {
    this.aside('red', inOneLine(text));
  }

  /** A text of several lines that is asked about. */
  question(text: string): void {
    this.aside('bold', text, Infinity);
  }

  private aside(style: keyof typeof STYLES, text: string, max = MAX_NOTE): void {
    // In a pipe, the answer stays as it is.
    if (process.stdout.isTTY) this.endLine();
    const shown = text.replace(CONTROLS, '');
    const line = shown.length > max ? `${shown.slice(0, max)}…` : shown;
    process.stderr.write(hasColours() ? `\u001b[${STYLES[style]}m${line}\u001b[0m\n` : `${line}\n`);
  }
}

/** Keeps the space at the beginning. */
function inOneLine(text: string): string {
  return text.trimEnd().replace(/\s*[\r\n]+\s*/g, ' ');
}

/** On terminals only, and not with NO_COLOR. */
function hasColours(): boolean {
  return process.stderr.isTTY && process.env.NO_COLOR === undefined && process.stderr.hasColors(16);
}
