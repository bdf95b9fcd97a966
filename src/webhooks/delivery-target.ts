import ipaddr from 'ipaddr.js';
import type { LookupAddress } from 'node:dns';

import type { NameResolver } from './name-resolver.js';

/** A receiver's addresses, or the error of the look-up. */
export interface DeliveryTarget {
  addresses: LookupAddress[];
  error?: Error;
  /** Duration of the look-up, in ms. */
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
 * Identifies the machine behind different names: the first address and the port. For IPv6 the network of the address,
 * because one machine may have many addresses.
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
