import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Installs missing packages of the peers; returns the peers that cannot be measured, with the reason. */
export async function installPeers(chosen) {
  const notMeasured = new Map();
  const peers = chosen.filter(({ isPeer }) => isPeer);
  if (peers.length === 0 || existsSync(file('peers/node_modules/.package-lock.json'))) return notMeasured;
  console.error('Installing the peers in bench/peers');
  try {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    await promisify(execFile)(npm, ['install', '--legacy-peer-deps', '--no-package-lock'], {
      cwd: file('peers'),
    });
  } catch (error) {
    for (const { id } of peers) notMeasured.set(id, 'its packages could not be installed');
    console.error(`The peers are left out, since their packages could not be installed:\n${error.stderr}`);
  }
  return notMeasured;
}
