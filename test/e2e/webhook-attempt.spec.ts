import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Resolver } from 'node:dns/promises';
import type { ServerResponse } from 'node:http';

import { VERSION } from '../../src/webhooks/version.js';
import { attemptDelivery } from '../../src/webhooks/delivery-attempt.js';
import type { ClaimedDelivery } from '../../src/webhooks/delivery.store.js';
import { findTarget } from '../../src/webhooks/delivery-target.js';
import { NameResolver } from '../../src/webhooks/name-resolver.js';
import { DnsServer } from '../support/dns-server.js';
import { Receiver } from '../support/receiver.js';

/** A unicast address. */
const PUBLIC = '11.22.33.44';

const SETTINGS = { secrets: [], retryDelays: [1_000] };

const resolver = new NameResolver();

function deliveryTo(url: string): ClaimedDelivery {
  return {
    id: '0b3d7c52-61f4-4c0e-8a57-2f1f3f7f9e10',
    claim: 1,
    sessionId: 'session',
    turnId: 'turn',
    url,
    token: null,
    allowPrivateAddresses: true,
    tries: 1,
    exhausted: false,
    attempts: [],
    note: '{}',
    content: {
      status: 'idle',
      response: null,
      error: null,
      traceMetrics: { trace_id: null, total_duration: 1, total_tokens: null, has_error: false },
    },
  };
}

/** Sends an endless body, as fast as it is read. */
function flood(response: ServerResponse): void {
  response.writeHead(200);
  const chunk = Buffer.alloc(64 * 1024);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

describe('a delivery attempt', () => {
  let receiver: Receiver;
  const going = new AbortController();
  const opened: DnsServer[] = [];
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(async () => {
    await receiver.close();
    for (const server of opened) await server.close();
  });

  const attempt = async (url: string, stop = going.signal) => {
    const target = await findTarget(resolver, new URL(url).origin);
    return attemptDelivery(deliveryTo(url), { body: [Buffer.from('{}')], target }, SETTINGS, stop);
  };

  it('ends after 10 s without a response', async () => {
    const outcome = await attempt(receiver.answers('/hang', () => undefined));
    expect(outcome).toMatchObject({
      status: 'pending',
      attempt: { status_code: null, error: 'No answer within 10 s' },
    });
    expect(outcome?.attempt?.duration_ms).toBeGreaterThan(9_000);
  });

  it('has an id and a timestamp also without a secret, and no signature', async () => {
    await attempt(receiver.url('/unsigned'));
    const [received] = receiver.on('/unsigned');
    expect(received?.headers).toMatchObject({
      'webhook-id': '0b3d7c52-61f4-4c0e-8a57-2f1f3f7f9e10',
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
      'user-agent': `nestjs-agent-sessions/${VERSION}`,
    });
    expect(received?.headers).not.toHaveProperty('webhook-signature');
  });

  it('ends with the status, independently of the body’s length', async () => {
    const outcome = await attempt(receiver.answers('/flood', flood));
    expect(outcome).toMatchObject({ status: 'delivered', attempt: { status_code: 200, error: null } });
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect with %d', async (status) => {
    const url = receiver.answers(`/redirect-${status}`, (response) =>
      response.writeHead(status, { location: receiver.url('/elsewhere') }).end(),
    );
    expect(await attempt(url)).toMatchObject({ status: 'pending', attempt: { status_code: status } });
    expect(receiver.on('/elsewhere')).toEqual([]);
  });

  it.each([
    ['the connection is cut', () => receiver.answers('/cut', (response) => response.destroy())],
    ['the connection is refused', () => 'http://127.0.0.1:1/'],
    ['the name is unknown', () => 'http://nowhere.invalid/'],
    ['the userinfo cannot be decoded', () => 'http://%zz@127.0.0.1:1/'],
  ])('fails and is retried if %s', async (_what, url) => {
    expect(await attempt(url())).toMatchObject({
      status: 'pending',
      attempt: { status_code: null, error: expect.stringMatching(/./) },
    });
  });

  it('has no outcome if it is cut off by the process itself', async () => {
    const stop = new AbortController();
    const url = receiver.answers('/stopped', () => {
      stop.abort();
    });
    expect(await attempt(url, stop.signal)).toBeUndefined();
  });

  it('never connects to a private address that a name has only after it was checked', async () => {
    const server = await DnsServer.start((_name, before) => ({ a: [before === 0 ? PUBLIC : '127.0.0.1'] }));
    opened.push(server);
    const rebinding = new NameResolver(undefined, (options) => {
      const servers = new Resolver(options);
      servers.setServers([server.address]);
      return servers;
    });
    const { connections } = receiver;
    const url = receiver.url('/').replace('127.0.0.1', 'rebinding.example');
    const delivery = { ...deliveryTo(url), allowPrivateAddresses: false };
    const post = async (stop: AbortSignal) => {
      const target = await findTarget(rebinding, new URL(url).origin);
      return attemptDelivery(delivery, { body: [Buffer.from('{}')], target }, SETTINGS, stop);
    };
    // The first attempt connects to the public address, which does not answer; or is refused by the network.
    await post(AbortSignal.timeout(300));
    expect(server.asked).toEqual(['1 rebinding.example', '28 rebinding.example']);
    const { attempt: second } = (await post(going.signal)) ?? {};
    expect(second).toMatchObject({ status_code: null, error: 'Refused: 127.0.0.1 is no public address' });
    expect(receiver.connections).toBe(connections);
  });
});
