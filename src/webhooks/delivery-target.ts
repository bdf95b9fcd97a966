import ipaddr from 'ipaddr.js';
import type { LookupAddress } from 'node:dns';

import type { NameResolver } from './name-resolver.js';

/** Where a receiver is: its addresses, or why they are not known. */
export interface DeliveryTarget {
  addresses: LookupAddress[];
  error?: Error;
  /** How long it took to find out, in ms. */
  took: number;
}

/** Never rejects. */
export async function findTarget(resolver: NameResolver, origin: string): Promise<DeliveryTarget> {
  const began = performance.now();
  const took = () => performance.now() - began;
  try {
    return { addresses: await resolver.resolve(new URL(origin).hostname), took: took() };
  } catch (error) {
    return { addresses: [], error: error instanceof Error ? error : new Error(String(error)), took: took() };
  }
}

/**
 * What names that lead to one machine have in common: the address that is connected to first, and the port. Of an
 * IPv6 address the network: a machine has as many as it likes.
 */
export function endpointOf(origin: string, { addresses }: DeliveryTarget): string | undefined {
  const [first] = addresses;
  if (!first) return undefined;
  const { port, protocol } = new URL(origin);
  const address = ipaddr.process(first.address);
  const parts = address.toByteArray();
  const network = parts.slice(0, address.kind() === 'ipv6' ? 8 : 4).join('.');
  return `${network}:${port || protocol}`;
}
