import ipaddr from 'ipaddr.js';
import { readFileSync, statSync } from 'node:fs';
import type { LookupAddress } from 'node:dns';

/** Where a system says which names it knows itself, and how it asks for others. */
export interface SystemFiles {
  hosts: string;
  resolver: string;
}

/** The files of the machine. */
export const SYSTEM_FILES: SystemFiles =
  process.platform === 'win32'
    ? { hosts: String.raw`C:\Windows\System32\drivers\etc\hosts`, resolver: '' }
    : { hosts: '/etc/hosts', resolver: '/etc/resolv.conf' };

/** How long a file is taken for unchanged, in ms. */
const LOOK_AGAIN_MS = 1_000;

/** More of a file is not read, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * A small file of the system's, read again when it has changed. Reading it at once takes microseconds; a read in the
 * background would wait for the threads that a host's own name look-ups may occupy.
 */
export class SystemFile<T> {
  private lookedAt = -Infinity;
  private stamp = '';
  private value: T;

  constructor(
    private readonly path: string,
    private readonly parse: (text: string) => T,
  ) {
    this.value = parse('');
  }

  get(): T {
    const now = performance.now();
    if (now - this.lookedAt < LOOK_AGAIN_MS) return this.value;
    this.lookedAt = now;
    try {
      const { mtimeMs, size } = statSync(this.path);
      const stamp = `${mtimeMs} ${size}`;
      if (stamp !== this.stamp && size <= MAX_FILE_BYTES)
        this.value = this.parse(readFileSync(this.path, 'utf8'));
      this.stamp = stamp;
    } catch {
      // A system need not have the file.
    }
    return this.value;
  }
}

/** The addresses of each name in a hosts file. */
export function parseHosts(text: string): Map<string, LookupAddress[]> {
  const names = new Map<string, LookupAddress[]>();
  for (const [address = '', ...aliases] of linesOf(text, '#')) {
    if (!ipaddr.isValid(address)) continue;
    const known = { address, family: ipaddr.parse(address).kind() === 'ipv6' ? 6 : 4 };
    for (const alias of aliases) {
      const name = alias.toLowerCase();
      names.set(name, [...(names.get(name) ?? []), known]);
    }
  }
  return names;
}

/** The domains in which a resolv.conf looks for a name that is not known as it is. */
export function parseSearch(text: string): string[] {
  const lines = linesOf(text, /[#;]/);
  return lines.findLast(([keyword]) => keyword === 'search' || keyword === 'domain')?.slice(1) ?? [];
}

function linesOf(text: string, comment: string | RegExp): string[][] {
  return text.split('\n').map((line) => (line.split(comment, 1)[0] ?? '').trim().split(/\s+/));
}
