import ipaddr from 'ipaddr.js';
import { readFileSync, statSync } from 'node:fs';
import type { LookupAddress } from 'node:dns';

/** The system's files with its known names and its DNS settings. */
export interface SystemFiles {
  hosts: string;
  resolver: string;
}

/** The files of this machine. */
export const SYSTEM_FILES: SystemFiles =
  process.platform === 'win32'
    ? { hosts: String.raw`C:\Windows\System32\drivers\etc\hosts`, resolver: '' }
    : { hosts: '/etc/hosts', resolver: '/etc/resolv.conf' };

/** How long a file is assumed to be unchanged. */
const RECHECK_MS = 1_000;

/** Maximum number of bytes read from a file. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * A small system file, read again after a change. The synchronous read takes microseconds; an asynchronous read would
 * wait for threads that a host's name look-ups may occupy.
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
    if (now - this.lookedAt < RECHECK_MS) return this.value;
    this.lookedAt = now;
    try {
      const { mtimeMs, size } = statSync(this.path);
      const stamp = `${mtimeMs} ${size}`;
      if (stamp !== this.stamp && size <= MAX_FILE_BYTES)
        this.value = this.parse(readFileSync(this.path, 'utf8'));
      this.stamp = stamp;
    } catch {
      // The file is optional.
    }
    return this.value;
  }
}

/** Parses a hosts file into addresses by name. */
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

/** The search domains of a resolv.conf. */
export function parseSearch(text: string): string[] {
  const lines = linesOf(text, /[#;]/);
  return lines.findLast(([keyword]) => keyword === 'search' || keyword === 'domain')?.slice(1) ?? [];
}

function linesOf(text: string, comment: string | RegExp): string[][] {
  return text.split('\n').map((line) => (line.split(comment, 1)[0] ?? '').trim().split(/\s+/));
}
