import process from 'node:process';

/** What is to be undone, in the order of doing. */
const undos = [];

/** Undoes something when the program ends, whether by itself, by an error or by Ctrl-C. */
export function atEnd(undo) {
  undos.push(undo);
}

/** Runs a program and then undoes everything, the last first. */
export async function runAndCleanUp(program) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.on(signal, () => {
      process.exitCode = code;
      void cleanUp().finally(() => process.exit(code));
    });
  }
  try {
    await program();
  } catch (error) {
    if (!process.exitCode) {
      console.error(error instanceof Error ? (error.stack ?? error.message) : error);
      process.exitCode = 1;
    }
  }
  await cleanUp();
  process.exit();
}

async function cleanUp() {
  for (const undo of undos.splice(0).reverse()) {
    try {
      await undo();
    } catch (error) {
      console.error(`Could not clean up: ${error}`);
    }
  }
}
