import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Tool {
  /** Names to look up on the PATH, or absolute paths, in order of preference. */
  names: string[];
  /** The Debian package that contains it. */
  aptPackage: string;
  /** Another way for developers to install it. */
  hint: string;
}

/**
 * The path of a program that the tests need. If it is missing, it is installed if that is possible without a prompt
 * (as root, with apt-get); otherwise this throws with the command to install it.
 */
export async function findTool(tool: Tool): Promise<string> {
  const found = await look(tool.names);
  if (found) return found;
  const missing =
    `The tests need ${tool.names.join(' or ')}, which is not installed. ` +
    `Install it (Debian: apt-get install ${tool.aptPackage}) or ${tool.hint}.`;
  const aptGet = process.getuid?.() === 0 ? await look(['apt-get']) : undefined;
  if (!aptGet) throw new Error(missing);
  try {
    await install(aptGet, tool.aptPackage);
  } catch (cause) {
    throw new Error(`${missing} Installing it failed: ${String(cause)}`, { cause });
  }
  const installed = await look(tool.names);
  if (!installed) throw new Error(`${missing} It is still not found after its package was installed.`);
  return installed;
}

async function look(names: string[]): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const paths = names.flatMap((name) =>
    isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name)),
  );
  for (const path of paths) {
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Waits for the lock, because another test process may be installing, too. */
async function install(aptGet: string, name: string): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-q', '-y'];
  await run(aptGet, [...options, 'update'], { env });
  await run(aptGet, [...options, '--no-install-recommends', 'install', name], { env });
}
