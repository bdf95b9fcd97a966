import ipaddr from 'ipaddr.js';
import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

import { DeadlineExceeded, settleWithin, withDeadline } from '../timing/timers.js';
import { parseHosts, parseSearch, SYSTEM_FILES, SystemFile } from './system-names.js';

/** Time limit for resolving a name. */
const RESOLVE_TIMEOUT_MS = 5_000;

/** How long to wait for addresses of the second family after those of the first have arrived. */
const SECOND_FAMILY_WAIT_MS = 500;

/** Settings of c-ares: it doubles its time-out (ms) with each try. */
const QUERY = { timeout: 1_500, tries: 2 };

/** Whether a DNS server has answered that the name or the address does not exist. */
function isNoSuchName(error: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** The loopback addresses, which RFC 6761 assigns to `localhost` and all names below it. */
const LOOPBACK: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** A client of DNS servers. */
type NameServers = Pick<Resolver, 'resolve4' | 'resolve6'>;

/** Creates a client of the system's current DNS servers. */
export type AskedServers = (options: { timeout: number; tries: number }) => NameServers;

/**
 * Resolves names as the system would: IP literals, `localhost`, the hosts file, then the system's DNS servers with
 * its search domains. It does not use `dns.lookup`, because that occupies one of the process's few threads while a
 * server is silent, and would block other look-ups of the host and its agents.
 */
export class NameResolver {
  private readonly hosts: SystemFile<Map<string, LookupAddress[]>>;
  private readonly settings: SystemFile<{ search: string[]; servers: NameServers }>;
  private readonly underWay = new Map<string, Promise<LookupAddress[]>>();

  constructor(files = SYSTEM_FILES, ask: AskedServers = (options) => new Resolver(options)) {
    this.hosts = new SystemFile(files.hosts, parseHosts);
    // Recreated when the file changes, because the client reads the servers' addresses from it.
    this.settings = new SystemFile(files.resolver, (text) => ({
      search: parseSearch(text),
      servers: ask(QUERY),
    }));
  }

  /** Rejects within {@link RESOLVE_TIMEOUT_MS}, with an error that names the host. */
  async resolve(hostname: string): Promise<LookupAddress[]> {
    const name = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
    const known = addressOf(name) ?? this.knownHere(name.replace(/\.$/, ''));
    if (known) return known;
    let asked = this.underWay.get(name);
    if (!asked) {
      asked = withDeadline(this.ask(name), RESOLVE_TIMEOUT_MS).catch((error: unknown) => {
        throw error instanceof DeadlineExceeded
          ? new Error(`No DNS server answered for ${name} within ${RESOLVE_TIMEOUT_MS / 1000} s`)
          : error;
      });
      this.underWay.set(name, asked);
      const forget = () => this.underWay.delete(name);
      asked.then(forget, forget);
    }
    return asked;
  }

  private knownHere(name: string): LookupAddress[] | undefined {
    const listed = this.hosts.get().get(name);
    if (listed) return listed;
    return name === 'localhost' || name.endsWith('.localhost') ? LOOPBACK : undefined;
  }

  private async ask(name: string): Promise<LookupAddress[]> {
    const { search, servers } = this.settings.get();
    const domains = name.endsWith('.') ? [] : search;
    let failure: unknown;
    for (const candidate of [name, ...domains.map((domain) => `${name}.${domain}`)]) {
      try {
        return await bothFamilies(servers, candidate);
      } catch (error) {
        failure ??= error;
        if (!isNoSuchName(error)) break;
      }
    }
    throw failure;
  }
}

/** Queries IPv4 and IPv6 at the same time; one result is sufficient. */
async function bothFamilies(servers: NameServers, name: string): Promise<LookupAddress[]> {
  const found: LookupAddress[] = [];
  const kinds = ([4, 6] as const).map(async (family) => {
    const addresses = await (family === 4 ? servers.resolve4(name) : servers.resolve6(name));
    found.push(...addresses.map((address) => ({ address, family })));
  });
  try {
    await Promise.any(kinds);
  } catch (error) {
    const failures = (error as AggregateError).errors as Error[];
    // A failed query for one family is reported in preference to a missing address of the other.
    throw failures.find((failure) => !isNoSuchName(failure)) ?? failures[0] ?? (error as Error);
  }
  await settleWithin(
    kinds.map((kind) => kind.catch(() => undefined)),
    SECOND_FAMILY_WAIT_MS,
  );
  return [...found].sort((one, other) => one.family - other.family);
}

function addressOf(name: string): LookupAddress[] | undefined {
  if (!ipaddr.isValid(name)) return undefined;
  return [{ address: name, family: ipaddr.parse(name).kind() === 'ipv6' ? 6 : 4 }];
}
