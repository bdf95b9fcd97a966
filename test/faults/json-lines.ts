import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const NEWLINE = 0x0a;

/** A growing file with one JSON object per line, of which each line is read once. */
export class JsonLines<T> {
  private readonly lines: T[] = [];
  private position = 0;

  constructor(private readonly file: string) {}

  /** All lines so far; none if the file does not exist. */
  read(): readonly T[] {
    const added = this.readOn();
    // What follows the last newline is being written.
    const end = added.lastIndexOf(NEWLINE) + 1;
    this.position += end;
    for (const line of added.toString('utf8', 0, end).split('\n')) {
      if (line) this.lines.push(JSON.parse(line) as T);
    }
    return this.lines;
  }

  private readOn(): Buffer {
    let file: number;
    try {
      file = openSync(this.file, 'r');
    } catch {
      return Buffer.alloc(0);
    }
    try {
      const buffer = Buffer.alloc(fstatSync(file).size - this.position);
      readSync(file, buffer, 0, buffer.length, this.position);
      return buffer;
    } finally {
      closeSync(file);
    }
  }
}
