import { afterEach, describe, expect, it } from '@jest/globals';
import { lookup, Resolver } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type AskedServers, NameResolver } from '../../src/webhooks/name-resolver.js';
import { publicAddresses } from '../../src/webhooks/public-address.js';
import { type DnsAnswer, DnsServer } from '../support/dns-server.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';

const V6 = '2606:4700:4700:0:0:0:0:1111';

describe('the addresses of a receiver’s name', () => {
  let server: DnsServer | undefined;
  let folder: TemporaryFolder | undefined;
  afterEach(async () => {
    await server?.close();
    await folder?.remove();
    server = folder = undefined;
  });

  /** A resolver on a system with this DNS server and these files. */
  async function resolverOf(
    answer: (name: string, before: number) => DnsAnswer,
    files: { hosts?: string; resolver?: string } = {},
  ): Promise<NameResolver> {
    const started = await DnsServer.start(answer);
    server = started;
    folder = await temporaryFolder();
    const paths = { hosts: join(folder.path, 'hosts'), resolver: join(folder.path, 'resolv.conf') };
    await writeFile(paths.hosts, files.hosts ?? '');
    await writeFile(paths.resolver, files.resolver ?? 'nameserver 192.0.2.1\n');
    const ask: AskedServers = (options) => {
      const resolver = new Resolver(options);
      resolver.setServers([started.address]);
      return resolver;
    };
    return new NameResolver(paths, ask);
  }

  const addresses = async (resolver: NameResolver, name: string) =>
    (await resolver.resolve(name)).map(({ address }) => address);

  it('are those of both families, IPv4 first', async () => {
    const resolver = await resolverOf(() => ({ a: ['192.0.2.7', '192.0.2.8'], aaaa: [V6] }));
    expect(await resolver.resolve('receiver.example')).toEqual([
      { address: '192.0.2.7', family: 4 },
      { address: '192.0.2.8', family: 4 },
      { address: '2606:4700:4700::1111', family: 6 },
    ]);
  });

  it.each([
    ['a', { a: ['192.0.2.7'] }, '192.0.2.7'],
    ['aaaa', { aaaa: [V6] }, '2606:4700:4700::1111'],
  ])('may be of one family: %s', async (_kind, answer, address) => {
    expect(await addresses(await resolverOf(() => answer), 'receiver.example')).toEqual([address]);
  });

  it('are returned although the server is silent about one family', async () => {
    const started = performance.now();
    const types = new Set<number>();
    const resolver = await resolverOf(() => {
      types.add(types.size);
      return types.size === 1 ? { a: ['192.0.2.7'], aaaa: [V6] } : 'silent';
    });
    expect(await addresses(resolver, 'receiver.example')).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('are limited to 5 s, and the process resolves other names meanwhile', async () => {
    const resolver = await resolverOf((name) =>
      name.startsWith('silent') ? 'silent' : { a: ['192.0.2.7'] },
    );
    const began = performance.now();
    const names = Array.from({ length: 30 }, (_, index) => resolver.resolve(`silent-${index}.example`));
    const settled = Promise.allSettled(names);
    expect(await addresses(resolver, 'prompt.example')).toEqual(['192.0.2.7']);
    // The agent's own look-up, which uses a thread of the process.
    await lookup('localhost');
    expect(performance.now() - began).toBeLessThan(2_000);
    for (const outcome of await settled) expect(outcome.status).toBe('rejected');
    expect(performance.now() - began).toBeLessThan(6_000);
  }, 15_000);

  it('are queried once for many concurrent deliveries', async () => {
    const resolver = await resolverOf(() => ({ a: ['192.0.2.7'] }));
    await Promise.all(Array.from({ length: 50 }, () => resolver.resolve('receiver.example')));
    expect(server?.asked).toHaveLength(2);
  });

  it('are queried again for each later attempt, so that a receiver may move', async () => {
    const resolver = await resolverOf((_name, before) => ({ a: [before === 0 ? '192.0.2.7' : '192.0.2.8'] }));
    expect(await addresses(resolver, 'receiver.example')).toEqual(['192.0.2.7']);
    expect(await addresses(resolver, 'receiver.example')).toEqual(['192.0.2.8']);
  });

  it('come from the hosts file first', async () => {
    const hosts =
      '# a comment\n192.0.2.9\treceiver.example Alias.Example # and another\n::1 receiver.example\nnothing here\n';
    const resolver = await resolverOf(() => 'unknown', { hosts });
    expect(await addresses(resolver, 'receiver.example')).toEqual(['192.0.2.9', '::1']);
    expect(await addresses(resolver, 'alias.example')).toEqual(['192.0.2.9']);
    expect(server?.asked).toEqual([]);
  });

  it('come from the search domains if the name alone is unknown', async () => {
    const resolver = await resolverOf(
      (name) => (name === 'receiver.default.svc' ? { a: ['10.0.0.7'] } : 'unknown'),
      {
        resolver: 'nameserver 192.0.2.1\nsearch cluster.local svc ; those of the cluster\noptions ndots:5\n',
      },
    );
    expect(await addresses(resolver, 'receiver.default')).toEqual(['10.0.0.7']);
    await expect(resolver.resolve('nowhere')).rejects.toThrow(/ENOTFOUND nowhere$/);
    await expect(resolver.resolve('receiver.default.')).rejects.toThrow(/ENOTFOUND/);
  });

  it.each([
    ['localhost', ['127.0.0.1', '::1']],
    ['a.localhost', ['127.0.0.1', '::1']],
    ['localhost.', ['127.0.0.1', '::1']],
    ['192.0.2.7', ['192.0.2.7']],
    ['[2606:4700:4700::1111]', ['2606:4700:4700::1111']],
  ])('need no server for %s', async (name, expected) => {
    const resolver = await resolverOf(() => 'silent');
    expect(await addresses(resolver, name)).toEqual(expected);
    expect(server?.asked).toEqual([]);
  });

  it('are refused if one of several is not public', async () => {
    const resolver = await resolverOf(() => ({ a: ['8.8.8.8', '10.0.0.1'] }));
    const resolve = (name: string) => resolver.resolve(name);
    await expect(publicAddresses('mixed.example', resolve)).rejects.toThrow('Refused: 10.0.0.1');
  });
});
