import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';

import { consumerOptions } from '../../src/queue/redis/bull-connections.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { agentFile, ECHO, FAILURE_TIME, run } from './command.js';

describe('a Redis URL that asks for TLS', () => {
  let folder: TemporaryFolder;
  let server: Server;
  let names: string[] = [];
  let hellos = 0;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await agentFile(folder.path, ECHO);
    // It needs no certificate, because the name is sent first, unencrypted.
    server = createServer({
      SNICallback: (name, callback) => {
        names.push(name);
        callback(new Error('no such server'));
      },
    });
    server.on('tlsClientError', () => hellos++);
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(async () => {
    server.close();
    await folder.remove();
  });

  it.each([
    { host: 'localhost', expected: 'localhost' },
    { host: '127.0.0.1', expected: undefined },
  ])('sends SNI for a host name, and none for an IP address: $host', async ({ host, expected }) => {
    [names, hellos] = [[], 0];
    const { port } = server.address() as AddressInfo;
    const outcome = await run(['start', 'agent.mjs', '--redis', `rediss://${host}:${port}`], folder.path);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^agent-sessions: Redis at [^\n]+ does not answer: [^\n]+\n$/);
    expect(outcome.took).toBeLessThan(FAILURE_TIME);
    expect(hellos).toBeGreaterThan(0);
    expect([...new Set(names)]).toEqual(expected === undefined ? [] : [expected]);
  });

  it('uses TLS in a host, too', () => {
    const tlsOf = (redis: string | object) => {
      const { redis: options } = consumerOptions('queue', { redis });
      return (options as { tls?: object }).tls;
    };
    expect(tlsOf('rediss://user@redis.example.com:6380/1')).toEqual({ servername: 'redis.example.com' });
    expect(tlsOf('rediss://[::1]:6380')).toEqual({});
    expect(tlsOf('redis://redis.example.com')).toBeUndefined();
    expect(tlsOf({ host: 'h', tls: { ca: 'x' } })).toEqual({ ca: 'x' });
  });
});
