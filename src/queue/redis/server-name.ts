import { isIP } from 'node:net';

/**
 * TLS options that send the server's name (SNI), by which servers at one address select their certificate. An IP
 * address is not allowed there by RFC 6066.
 */
export function tlsTo(host: string): { servername?: string } {
  return isIP(host.replace(/^\[|\]$/g, '')) === 0 ? { servername: host } : {};
}
