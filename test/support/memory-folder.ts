import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Linux has a file system in memory. */
const MEMORY = '/dev/shm';

/** The space that the tests need for databases and installed applications, with a reserve. */
const NEEDED_BYTES = 4 * 2 ** 30;

/**
 * Puts temporary files of tests, among them all databases, into memory, because writing and deleting them on a disk is
 * an eighth of the work of all tests. Not where `TMPDIR` is set, or where that file system is missing, small or not
 * for programs, which some tests install.
 */
export function useMemoryForTemporaryFiles(): void {
  if (process.env.TMPDIR === undefined && isUsable()) process.env.TMPDIR = MEMORY;
}

function isUsable(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= NEEDED_BYTES && runsPrograms();
  } catch {
    return false;
  }
}

function runsPrograms(): boolean {
  const folder = mkdtempSync(join(MEMORY, 'agent-sessions-test-'));
  try {
    const program = join(folder, 'program');
    writeFileSync(program, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    return spawnSync(program).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
