import { cpSync, existsSync } from 'node:fs';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

import { run } from './program.js';
import { ROOT } from './tarball.js';

/** What a lock file says of a folder of packages. */
interface Locked {
  version: string;
  integrity?: string;
  bin?: Record<string, string>;
}
interface LockFile {
  packages: Record<string, Locked>;
}

const OWN = 'node_modules/nestjs-agent-sessions';

/** Without install scripts: better-sqlite3 would compile for a minute what the repository has compiled already. */
const OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];

/**
 * Runs `npm install` with the tarball in the folder of an application. npm resolves the versions and installs what is
 * not there yet: packages that the repository has in the same version are copied before, because a copy takes a tenth of
 * the processor time.
 */
export async function install(app: string, tarball: string): Promise<void> {
  const { packages: own } = await readLock(join(ROOT, 'package-lock.json'));
  const driver = `better-sqlite3@${own['node_modules/better-sqlite3']?.version ?? ''}`;
  // npm would unpack all of the tarball only to read its manifest.
  const manifest = join(app, 'manifest.tgz');
  await run('tar', ['-xzf', tarball], app);
  await run('tar', ['-czf', manifest, 'package/package.json'], app);
  await run('npm', ['install', '--package-lock-only', manifest, driver, ...OPTIONS], app);

  const { packages } = await readLock(join(app, 'package-lock.json'));
  await mkdir(join(app, 'node_modules'));
  await rename(join(app, 'package'), join(app, OWN));
  const copied = copyPackages(app, packages, own);
  const present = Object.entries(packages).filter(([path]) => path === OWN || copied.has(path));
  for (const [path, { bin }] of present) await linkCommands(join(app, path), bin ?? {});
  // Tells npm what is installed, as long as no package is newer than this file.
  const lock = { lockfileVersion: 3, requires: true, packages: Object.fromEntries(present) };
  await writeFile(join(app, 'node_modules/.package-lock.json'), JSON.stringify(lock));
  await run('npm', ['install', ...OPTIONS], app);
}

async function readLock(file: string): Promise<LockFile> {
  return JSON.parse(await readFile(file, 'utf8')) as LockFile;
}

/** Copies the packages that are installed in this repository; returns their paths. */
function copyPackages(app: string, wanted: LockFile['packages'], own: LockFile['packages']): Set<string> {
  const installed = Object.entries(own).filter(([path]) => path && existsSync(join(ROOT, path)));
  const sources = new Map(installed.map(([path, { integrity }]) => [integrity, join(ROOT, path)]));
  const copied = new Set<string>();
  for (const [path, { integrity }] of Object.entries(wanted)) {
    const source = integrity && sources.get(integrity);
    if (!source) continue;
    const nested = join(source, 'node_modules');
    // The asynchronous form takes four times the processor time.
    cpSync(source, join(app, path), { recursive: true, filter: (file) => file !== nested });
    copied.add(path);
  }
  return copied;
}

/** The links in `.bin` to the commands of a package. */
async function linkCommands(folder: string, commands: Record<string, string>): Promise<void> {
  const parent = dirname(folder);
  const links = join(basename(parent).startsWith('@') ? dirname(parent) : parent, '.bin');
  for (const [name, file] of Object.entries(commands)) {
    const link = join(links, name);
    // Jest has two packages with the same command.
    if (existsSync(link)) continue;
    await mkdir(links, { recursive: true });
    await symlink(relative(links, join(folder, file)), link);
  }
}
