import { describe, expect, it } from '@jest/globals';

import { getSessionsToken, SessionsModule, type SessionsModuleOptions } from '../../src/index.js';
import { moduleName, routePrefix } from '../../src/options/module-name.js';
import { resolveFactoryOptions, resolveSessionsOptions } from '../../src/options/resolve-options.js';

const agent = () => 'hello';

describe('the options', () => {
  it('have their documented defaults', () => {
    expect(resolveSessionsOptions({ agent }, {})).toMatchObject({
      name: 'default',
      role: 'all',
      queue: 'bull',
      concurrency: 10,
      allowCustomIds: false,
      maxAttempts: 3,
      lease: 15_000,
      shutdownTimeout: 30_000,
    });
    for (const option of ['turnTimeout', 'sessionTtl', 'maxSessions'] as const) {
      expect(resolveSessionsOptions({ agent }, {})[option]).toBeUndefined();
    }
  });

  it.each([
    [{ concurrency: 1 }],
    [{ shutdownTimeout: 0 }],
    [{ lease: 100 }],
    [{ turnTimeout: 0.5 * 1_000 }],
    [{ turnTimeout: 2 ** 41 }],
    [{ sessionTtl: 1 }],
    [{ maxSessions: 2_147_483_647 }],
    [{ maxAttempts: 1 }],
    [{ queue: 'in-process' as const }],
    [{ queue: 'in-process' as const, role: 'all' as const }],
  ])('may be %j', (options) => {
    expect(resolveSessionsOptions({ agent, ...options }, options)).toMatchObject(options);
  });

  it.each<[string, unknown]>([
    ['role', 'leader'],
    ['queue', 'kafka'],
    ['queue', ''],
    ['concurrency', 0],
    ['concurrency', 1.5],
    ['concurrency', 'ten'],
    ['concurrency', '1e3'],
    ['concurrency', '-1'],
    ['concurrency', ''],
    ['concurrency', Infinity],
    ['maxAttempts', 0],
    ['maxAttempts', 2 ** 31],
    ['maxSessions', 0],
    ['maxSessions', -1],
    ['maxSessions', NaN],
    ['lease', 99],
    ['lease', '15 s'],
    ['turnTimeout', 0],
    ['turnTimeout', Infinity],
    ['turnTimeout', 1e16],
    ['lease', 1e300],
    ['sessionTtl', -5],
    ['sessionTtl', '1 h'],
    ['shutdownTimeout', -1],
    ['name', ''],
    ['name', 'with space'],
    ['name', 'x'.repeat(101)],
    ['name', 5],
    ['agent', undefined],
    ['agent', 'SupportAgent'],
    ['agent', {}],
    ['path', 5],
    ['dataSource', {}],
    ['bullConfigKey', 5],
    ['health', 'yes'],
    ['isGlobal', 1],
    ['guards', 'SignedIn'],
    ['allowCustomIds', 'true'],
    ['owner', 'x-user'],
    ['clientRoles', 'user'],
    ['clientRoles', []],
    ['rejectEmptyMessages', 1],
    ['webhooks', 'none'],
  ])('with an invalid value are named in the error: %s cannot be %j', (option, value) => {
    const options = { agent, [option]: value } as unknown as SessionsModuleOptions;
    expect(() => SessionsModule.forRoot(options)).toThrow(`SessionsModule option "${option}"`);
  });

  it.each<[string, unknown, string]>([
    ['concurrency', '5 turns', 'must be an integer from 1 to 2147483647, but is "5 turns", a string'],
    ['lease', 5, 'must be a number of milliseconds, at least 100 and below 285 years, but is 5'],
    ['turnTimeout', null, 'must be a number of milliseconds, at least 1 and below 285 years, but is null'],
    ['queue', 'kafka', 'must be one of bull, in-process, but is "kafka", a string'],
    ['allowCustomIds', 'true', 'must be true or false, but is "true", a string'],
    ['owner', {}, 'must be a function, but is an object'],
    ['path', ['support'], 'must be a text, but is an array'],
  ])('with an invalid value are reported with it: %s of %j', (option, value, problem) => {
    const options = { agent, [option]: value } as unknown as SessionsModuleOptions;
    expect(() => SessionsModule.forRoot(options)).toThrow(`SessionsModule option "${option}" ${problem}`);
  });

  it('are never shown if they may be secrets', () => {
    for (const secrets of ['whsec_s3cret', ['whsec_s3cret'], { key: 'whsec_s3cret' }]) {
      expect(() => SessionsModule.forRoot({ agent, webhooks: { secrets } as never })).toThrow(
        /^(?!.*s3cret).*webhooks\.secrets/,
      );
    }
  });

  it('may be numbers as texts, as ConfigService returns them', () => {
    const settings = { concurrency: '5', lease: '1500.5', webhooks: { retryDelays: ['1', '2'] } };
    expect(resolveFactoryOptions({ agent }, settings as never)).toMatchObject({
      concurrency: 5,
      lease: 1_500.5,
      webhooks: { retryDelays: [1, 2] },
    });
  });

  it('within an array or object are named in the error, too', () => {
    const wrong = (options: object) => () => SessionsModule.forRoot({ agent, ...options });
    expect(wrong({ guards: [{}] })).toThrow('SessionsModule option "guards[0]"');
    expect(wrong({ webhooks: { retryDelays: [1, -1] } })).toThrow('"webhooks.retryDelays[1]"');
    expect(wrong({ webhooks: { secrets: 'whsec_x' } })).toThrow('"webhooks.secrets"');
    expect(wrong({ webhooks: { allowPrivateAddresses: 'no' } })).toThrow('"webhooks.allowPrivateAddresses"');
  });

  it('a class without runTurn is not an agent, but a function is', () => {
    class Helper {
      readonly helps = true;
    }
    expect(() => SessionsModule.forRoot({ agent: Helper as never })).toThrow('option "agent"');
  });

  it('beside a factory are checked before the factory is called', () => {
    const useFactory = () => ({});
    expect(() => SessionsModule.forRootAsync({ agent, useFactory, role: 'leader' as never })).toThrow(
      '"role"',
    );
    expect(() => SessionsModule.forRootAsync({ agent: {} as never, useFactory })).toThrow('"agent"');
    expect(() => SessionsModule.forRoot(undefined as never)).toThrow('SessionsModule needs options');
  });

  it('that are unknown are refused, because a misspelt `owner` would expose all sessions', () => {
    const owner = () => 'ada';
    const useFactory = () => ({});
    expect(() => SessionsModule.forRoot({ agent, owners: owner } as never)).toThrow(
      'SessionsModule option "owners" is not known',
    );
    expect(() => SessionsModule.forRootAsync({ agent, useFactory, owner } as never)).toThrow(
      'SessionsModule option "owner" must come from the factory',
    );
    expect(() => SessionsModule.forRoot({ agent, webhooks: { secret: 'whsec_x' } } as never)).toThrow(
      'SessionsModule option "webhooks.secret" is not known',
    );
    expect(() => resolveFactoryOptions({ agent }, { path: 'support' } as never)).toThrow(
      'SessionsModule option "path" must stand beside the factory',
    );
    expect(() =>
      SessionsModule.forRoot({ agent, turnTimeout: undefined, typo: undefined } as never),
    ).not.toThrow();
  });

  it('name the source of a default name in the error', () => {
    expect(() => SessionsModule.forRoot({ agent, path: 'tenants/:id' })).toThrow(
      /"name".*cannot be taken from the path "tenants\/:id"/,
    );
  });

  it.each(['api', 'worker'] as const)('role %s needs a queue that reaches other processes', (role) => {
    expect(() => SessionsModule.forRoot({ agent, role, queue: 'in-process' })).toThrow(/"role".*"bull"/);
  });

  it('of forRootAsync require a source of settings', () => {
    expect(() => SessionsModule.forRootAsync({ agent })).toThrow('needs useFactory, useClass or useExisting');
  });

  it('name a module by its path if it has no name', () => {
    expect(moduleName({ path: '/support/' })).toBe('support');
    expect(moduleName({ path: 'support', name: 'mine' })).toBe('mine');
    expect(moduleName({ path: '/' })).toBe('default');
    expect(moduleName({})).toBe('default');
    expect(getSessionsToken('mine')).not.toBe(getSessionsToken('support'));
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['///', undefined],
    ['support', 'support'],
    ['/a/b/', 'a/b'],
  ])('use the path %p as the prefix %p', (path, prefix) => {
    expect(routePrefix(path)).toBe(prefix);
  });
});
