import ipaddr from 'ipaddr.js';
import type { LookupAddress } from 'node:dns';

/** A webhook may not be sent to this address. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';

  constructor(what: string) {
    super(`Refused: ${what}`);
  }
}

/** Asks for all addresses of a name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** `::a.b.c.d`, which ipaddr.js takes for an ordinary address. */
const IPV4_COMPATIBLE = ipaddr.parseCIDR('::/96');

/** Whether an address is one of the public internet: unicast, and no other form of an address that is not. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv6' && parsed.match(IPV4_COMPATIBLE)) return false;
  return ipaddr.process(address).range() === 'unicast';
}

/**
 * The addresses to connect to for a URL's host. One bad address among several refuses them all. The caller must
 * connect to what it gets: a name asked for again might answer with something else. Throws an AddressRefused.
 */
export async function publicAddresses(hostname: string, resolve: Resolve): Promise<LookupAddress[]> {
  // URLs write IPv6 literals in brackets; IPv4 literals of any form have been normalised by the URL's parser.
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = ipaddr.isValid(literal)
    ? [{ address: literal, family: ipaddr.parse(literal).kind() === 'ipv6' ? 6 : 4 }]
    : await resolve(hostname);
  const bad = addresses.find(({ address }) => !isPublicAddress(address));
  if (bad) throw new AddressRefused(`${bad.address} is no public address`);
  if (addresses.length === 0) throw new AddressRefused(`${hostname} has no address`);
  return addresses;
}
