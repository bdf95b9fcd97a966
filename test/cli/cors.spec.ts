import { describe, expect, it } from '@jest/globals';

import { useServer } from './use-server.js';

const KEY = 'a-key';
const APP = 'https://app.example.com';

const preflight = (url: string, origin: string, method = 'POST') =>
  fetch(url, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key,last-event-id',
    },
  });

const list = (value: string | null) => (value ?? '').toLowerCase().split(/ *, */);

describe('--cors with origins and an API key', () => {
  const running = useServer({
    args: ['--cors', APP, '--cors', 'http://LOCALHOST:3000/', '--api-key', KEY],
  });
  const sessions = () => `${running.server.url}/sessions`;

  it.each([APP, 'http://localhost:3000'])(
    'answers preflight requests of %s without a key',
    async (origin) => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const { status, headers } = await preflight(sessions(), origin, method);
        expect(status).toBe(204);
        expect(headers.get('access-control-allow-origin')).toBe(origin);
        expect(list(headers.get('access-control-allow-methods'))).toContain(method.toLowerCase());
        expect(list(headers.get('access-control-allow-headers'))).toEqual(
          expect.arrayContaining(['authorization', 'content-type', 'idempotency-key', 'last-event-id']),
        );
      }
    },
  );

  it('exposes the response headers to scripts', async () => {
    const headers = { Origin: APP, Authorization: `Bearer ${KEY}` };
    const created = await fetch(sessions(), { method: 'POST', headers });
    expect(created.status).toBe(201);
    expect(created.headers.get('access-control-allow-origin')).toBe(APP);
    expect(created.headers.get('vary')).toMatch(/origin/i);
    expect(list(created.headers.get('access-control-expose-headers'))).toEqual(
      expect.arrayContaining(['location', 'link', 'retry-after', 'last-event-id']),
    );
  });

  it.each([
    { what: 'without the key', init: { method: 'POST' }, status: 401 },
    {
      what: 'that is malformed',
      init: {
        method: 'POST',
        body: '{',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${KEY}` },
      },
      status: 400,
    },
  ])('exposes the response to a request $what', async ({ init, status }) => {
    const refused = await fetch(sessions(), { ...init, headers: { ...init.headers, Origin: APP } });
    expect(refused.status).toBe(status);
    expect(refused.headers.get('access-control-allow-origin')).toBe(APP);
  });

  it.each(['https://evil.example.com', `${APP}.evil.com`, 'http://app.example.com'])(
    'refuses %s',
    async (origin) => {
      const { headers } = await preflight(sessions(), origin);
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

describe('--cors *', () => {
  const running = useServer({ args: ['--cors', '*'] });

  it('allows browsers of all origins, without cookies', async () => {
    const { status, headers } = await preflight(`${running.server.url}/sessions`, 'https://any.example');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });
});
