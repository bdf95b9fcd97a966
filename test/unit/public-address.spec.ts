import { describe, expect, it } from '@jest/globals';

import { isPublicAddress, publicAddresses } from '../../src/webhooks/public-address.js';
import { answerWith } from '../../src/webhooks/webhook-request.js';

/** As clients may write them in a URL; the URL parser is applied first, as in a request. */
const REFUSED = [
  // Loopback, in every notation
  '127.0.0.1',
  '127.255.255.254',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0x7F.0x0.0x0.0x1',
  '0177.0.0.1',
  '0177.0.0.01',
  '017700000001',
  '①②⑦.0.0.1',
  '127。0。0。1',
  '127.0.0.1.',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  // This host, and broadcast
  '0.0.0.0',
  '0',
  '0.1.2.3',
  '[::]',
  '255.255.255.255',
  // Private
  '10.0.0.1',
  '10.255.255.255',
  '167772161',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '0xc0a80001',
  '[fc00::1]',
  '[fd12:3456:789a::1]',
  // Link-local, where clouds keep their metadata
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  // Shared, benchmarking, documentation, protocol assignments
  '100.64.0.1',
  '100.127.255.254',
  '198.18.0.1',
  '198.19.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '198.51.100.7',
  '203.0.113.9',
  '[2001:db8::1]',
  // Multicast and reserved
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '[ff02::1]',
  // IPv4 within IPv6: mapped, compatible, NAT64, 6to4, Teredo
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:10.0.0.1]',
  '[::ffff:169.254.169.254]',
  '[::ffff:192.168.1.1]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[::10.0.0.1]',
  '[::169.254.169.254]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::1]',
  '[2002:7f00:1::]',
  '[2002:a9fe:a9fe::1]',
  '[2001::1]',
  '[2001:0:7f00:1::]',
];

const PUBLIC = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '[2606:4700:4700::1111]', '[::ffff:8.8.8.8]'];

const never = () => Promise.reject(new Error('No name was to be resolved'));

function hostnameOf(host: string): string {
  return new URL(`http://${host}/`).hostname;
}

describe('the addresses allowed for webhooks', () => {
  it.each(REFUSED)('exclude %s', async (host) => {
    const hostname = hostnameOf(host);
    const answer = publicAddresses(hostname, never);
    await expect(answer).rejects.toThrow(/^Refused: .* is no public address$/);
  });

  it.each(PUBLIC)('include %s', async (host) => {
    const [address] = await publicAddresses(hostnameOf(host), never);
    expect(address?.address).toBe(hostnameOf(host).replace(/[[\]]/g, ''));
  });

  it('exclude text that is not an address', () => {
    expect(isPublicAddress('localhost')).toBe(false);
    expect(isPublicAddress('')).toBe(false);
  });

  it.each([
    ['127.0.0.1'],
    ['8.8.8.8', '10.0.0.1'],
    ['::1', '8.8.8.8'],
    ['8.8.8.8', '::ffff:192.168.0.1'],
    ['8.8.8.8', 'fe80::1'],
  ])('exclude a name that resolves to %s %s', async (...addresses: string[]) => {
    const resolve = () => Promise.resolve(addresses.map((address) => ({ address, family: 4 })));
    await expect(publicAddresses('mixed.example', resolve)).rejects.toThrow(/^Refused/);
  });

  it('exclude a name without an address', async () => {
    await expect(publicAddresses('none.example', () => Promise.resolve([]))).rejects.toThrow(/^Refused/);
  });

  it('are resolved once, so that a name cannot change between check and connect', async () => {
    const answers = ['8.8.8.8', '127.0.0.1'];
    const resolve = () => Promise.resolve([{ address: answers.shift() ?? '', family: 4 }]);
    const lookup = answerWith(await publicAddresses('rebinding.example', resolve));
    const all = await new Promise((done) => {
      lookup('rebinding.example', { all: true }, (_error, addresses) => {
        done(addresses);
      });
    });
    const one = await new Promise((done) => {
      lookup('rebinding.example', {}, (_error, address) => {
        done(address);
      });
    });
    expect(all).toEqual([{ address: '8.8.8.8', family: 4 }]);
    expect(one).toBe('8.8.8.8');
    expect(answers).toEqual(['127.0.0.1']);
  });
});
