import ipaddr from 'ipaddr.js';
import type { LookupAddress } from 'node:dns';

/** Webhooks may not be sent to this address. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';

  constructor(what: string) {
    super(`Refused: ${what}`);
  }
}

/** Resolves a name to all its addresses. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** `::a.b.c.d`, which ipaddr.js classifies as an ordinary address. */
const IPV4_COMPATIBLE = ipaddr.parseCIDR('::/96');

/** Whether an address is a public one: unicast, and not an encoding of a non-public address. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv6' && parsed.match(IPV4_COMPATIBLE)) return false;
  return ipaddr.process(address).range() === 'unicast';
}

/**
 * The addresses to connect to for a URL's host. If one of them is not public, all are refused. The caller must
 * connect to the returned addresses, because another look-up of the name might return different ones. Throws an
 * AddressRefused.
 */
export async function publicAddresses(hostname: string, resolve: Resolve): Promise<LookupAddress[]> {
  // URLs contain IPv6 literals in brackets; the URL parser has normalised IPv4 literals of every form.
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = ipaddr.isValid(literal)
    ? [{ address: literal, family: ipaddr.parse(literal).kind() === 'ipv6' ? 6 : 4 }]
    : await resolve(hostname);
  const bad = addresses.find(({ address }) => !isPublicAddress(address));
  if (bad) throw new AddressRefused(`${bad.address} is no public address`);
  if (addresses.length === 0) throw new AddressRefused(`${hostname} has no address`);
  return addresses;
}
