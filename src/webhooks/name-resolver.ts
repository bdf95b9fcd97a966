import ipaddr from 'ipaddr.js';
import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

import { DeadlineExceeded, settleWithin, withDeadline } from '../timing/timers.js';
import { parseHosts, parseSearch, SYSTEM_FILES, SystemFile } from './system-names.js';

/** How long a name may take, in ms. */
const NAME_TIME_MS = 5_000;

/** How long the second kind of address is waited for once the first is there, in ms. */
const SECOND_KIND_MS = 500;

/** How c-ares asks: its own time-out, in ms, is doubled with each try. */
const QUERY = { timeout: 1_500, tries: 2 };

/** Whether a DNS server has answered that there is no such name, or no such address. */
function isNoSuchName(error: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Every machine's own addresses, by RFC 6761 for all names that end so. */
const LOOPBACK: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** Asks DNS servers. */
type NameServers = Pick<Resolver, 'resolve4' | 'resolve6'>;

/** Makes what asks the system's DNS servers, as they are now. */
export type AskedServers = (options: { timeout: number; tries: number }) => NameServers;

/**
 * Finds the addresses of names as the system would: literals, `localhost`, the hosts file, then the system's DNS
 * servers, with its search domains. It does not use `dns.lookup`, which occupies one of the process's few threads
 * for as long as a server is silent, so that neither the host nor its agents could look up anything.
 */
export class NameResolver {
  private readonly hosts: SystemFile<Map<string, LookupAddress[]>>;
  private readonly settings: SystemFile<{ search: string[]; servers: NameServers }>;
  private readonly underWay = new Map<string, Promise<LookupAddress[]>>();

  constructor(files = SYSTEM_FILES, ask: AskedServers = (options) => new Resolver(options)) {
    this.hosts = new SystemFile(files.hosts, parseHosts);
    // Made anew with the file, from which the addresses of the servers are read.
    this.settings = new SystemFile(files.resolver, (text) => ({
      search: parseSearch(text),
      servers: ask(QUERY),
    }));
  }

  /** Rejects with an error that names the host within {@link NAME_TIME_MS}. */
  async resolve(hostname: string): Promise<LookupAddress[]> {
    const name = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
    const known = addressOf(name) ?? this.knownHere(name.replace(/\.$/, ''));
    if (known) return known;
    let asked = this.underWay.get(name);
    if (!asked) {
      asked = withDeadline(this.ask(name), NAME_TIME_MS).catch((error: unknown) => {
        throw error instanceof DeadlineExceeded
          ? new Error(`No DNS server answered for ${name} within ${NAME_TIME_MS / 1000} s`)
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
        return await bothKinds(servers, candidate);
      } catch (error) {
        failure ??= error;
        if (!isNoSuchName(error)) break;
      }
    }
    throw failure;
  }
}

/** IPv4 and IPv6 at once; one of them is enough. */
async function bothKinds(servers: NameServers, name: string): Promise<LookupAddress[]> {
  const found: LookupAddress[] = [];
  const kinds = ([4, 6] as const).map(async (family) => {
    const addresses = await (family === 4 ? servers.resolve4(name) : servers.resolve6(name));
    found.push(...addresses.map((address) => ({ address, family })));
  });
  try {
    await Promise.any(kinds);
  } catch (error) {
    const failures = (error as AggregateError).errors as Error[];
    // That there is no address of one kind says less than a failure to find the other.
    throw failures.find((failure) => !isNoSuchName(failure)) ?? failures[0] ?? (error as Error);
  }
  await settleWithin(
    kinds.map((kind) => kind.catch(() => undefined)),
    SECOND_KIND_MS,
  );
  return [...found].sort((one, other) => one.family - other.family);
}

function addressOf(name: string): LookupAddress[] | undefined {
  if (!ipaddr.isValid(name)) return undefined;
  return [{ address: name, family: ipaddr.parse(name).kind() === 'ipv6' ? 6 : 4 }];
}
