import { isIP } from 'node:net';

/**
 * TLS options that send the server's name (SNI), by which servers that share an address choose their certificate.
 * An address is no name: RFC 6066 forbids it.
 */
export function tlsTo(host: string): { servername?: string } {
  return isIP(host.replace(/^\[|\]$/g, '')) === 0 ? { servername: host } : {};
}
