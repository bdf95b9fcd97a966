import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { agentFile, BlackHole, ECHO, FAILURE_TIME, type Outcome, pooled, run } from './command.js';
import { runInProcess } from './in-process.js';

/** A start that cannot succeed, and its expected error line. */
interface FailingStart {
  what: string;
  args: (port: number) => string[];
  says: RegExp;
  env?: Record<string, string>;
  /** Whether it is seen only in a process of its own; others stand for the rest of their kind there. */
  needsProcess?: boolean;
  /** The working directory; by default a folder with the agents below. */
  folder?: string;
}

const AGENTS: Record<string, string> = {
  'agent.mjs': ECHO,
  'syntax.mjs': 'export default async () => {',
  'imports-syntax.mjs': 'import "./broken.mjs"; export default () => "hello";',
  'broken.mjs': 'export const fine = 1;\nexport const broken = {;\n',
  'broken.cjs': 'exports.fine = 1;\n  exports.broken = {;\n',
  'no-export.mjs': 'import { nope } from "node:fs";\nexport default () => nope;',
  'json.mjs': '\nJSON.parse("{no");',
  'agent.ts':
    'import { kind } from "./kind.js";\nenum Kind { A }\nexport default (): string => kind + Kind.A;',
  'nothing.mjs': 'export const agent = () => "hello";',
  'wrong.mjs': 'export default { run: () => "hello" };',
  'throws.mjs': 'throw new Error("no model\\nkey found");',
  'throws-nothing.mjs': 'throw undefined;',
  'needs.mjs': 'import "a-package-that-is-not-there"; export default () => "hello";',
  'waits.mjs': 'await new Promise(() => undefined); export default () => "hello";',
  'later.mjs': 'process.nextTick(() => { throw new Error("too late"); }); export default () => "hello";',
  'rejects.mjs': 'Promise.reject(new Error("forgotten")); export default () => "hello";',
  'common.cjs': 'exports.agent = () => "hello";',
  'colon:odd.mjs': 'export default 1;',
};

/** Of agents: those that fail beside or after the loading, and one of the others. */
const IN_A_PROCESS = ['absent.mjs', 'waits.mjs', 'later.mjs', 'rejects.mjs'];

const agents: FailingStart[] = [
  ['does not exist', 'absent.mjs', /absent\.mjs does not exist/],
  ['is a folder', '.', /agent file \. cannot be loaded/],
  [
    'has a syntax error',
    'syntax.mjs',
    /syntax\.mjs cannot be loaded: SyntaxError: .*end of input \(at syntax\.mjs:1:29\)/,
  ],
  [
    'imports a syntax error',
    'imports-syntax.mjs',
    /SyntaxError: Unexpected token ';' \(at broken\.mjs:2:24\)$/m,
  ],
  [
    'has a syntax error in CommonJS',
    'broken.cjs',
    /SyntaxError: Unexpected token ';' \(at broken\.cjs:2:21\)$/m,
  ],
  ['imports what is not exported', 'no-export.mjs', /SyntaxError: .*'?nope'? \(at no-export\.mjs:1:10\)$/m],
  ['parses no JSON', 'json.mjs', /SyntaxError: .*JSON.* \(at json\.mjs:2:6\)$/m],
  [
    'is TypeScript',
    'agent.ts',
    /agent\.ts cannot be loaded: .*"agent-sessions dev agent\.ts".*npm install tsx/,
  ],
  ['has no default export', 'nothing.mjs', /nothing\.mjs must have a function, or .* default export/],
  ['has no default export in CommonJS', 'common.cjs', /common\.cjs must have a function/],
  ['has no such export', 'nothing.mjs:absent', /nothing\.mjs must have .* as its export absent/],
  ['does not exist, with an export', 'absent.mjs:agent', /agent file absent\.mjs does not exist/],
  ['has a colon in its own name', 'colon:odd.mjs', /colon:odd\.mjs must have .* as its default export/],
  ['exports something else', 'wrong.mjs', /wrong\.mjs must have .* runTurn, as its default export/],
  ['throws', 'throws.mjs', /throws\.mjs cannot be loaded: no model key found \(at throws\.mjs:1:7\)/],
  ['throws undefined', 'throws-nothing.mjs', /throws-nothing\.mjs cannot be loaded: undefined/],
  ['imports what is not there', 'needs.mjs', /needs\.mjs cannot be loaded: .*a-package-that-is-not-there/],
  ['waits for ever', 'waits.mjs', /waits\.mjs cannot be loaded: a top-level await never ends/],
  ['throws a little later', 'later.mjs', /later\.mjs failed: too late/],
  ['forgets a promise', 'rejects.mjs', /rejects\.mjs failed: forgotten/],
].map(([what, file, says]) => ({
  what: `an agent file that ${String(what)}`,
  args: () => [String(file)],
  says: says as RegExp,
  needsProcess: IN_A_PROCESS.includes(String(file)),
}));

const option = (given: string[], says: RegExp, env: Record<string, string> = {}): FailingStart => ({
  what: [...given, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)].join(' '),
  args: () => ['agent.mjs', ...given],
  says,
  env,
  // One that commander refuses, one that is refused later, and one of the environment.
  needsProcess: ['--bogus', '--role api', ''].includes(given.join(' ')),
});

const SECRET = 's3cret-pass';
const bytes = (count: number) => `whsec_${Buffer.alloc(count, 7).toString('base64')}`;

const options: FailingStart[] = [
  option(['--bogus'], /unknown option '--bogus'/),
  option(['--prot', '80'], /unknown option '--prot' \(Did you mean --port\?\)/),
  option(['--log-format', 'xml'], /--log-format .*text, json/),
  option(['other.mjs'], /too many arguments/),
  option(['--port', 'abc'], /--port .*integer from 0 to 65535/),
  option(['--port', '65536'], /--port .*integer from 0 to 65535/),
  option(['--cors', 'app.example.com'], /--cors .*origin like https:/),
  option(['--cors', 'https://app.example.com/path'], /--cors .*origin like https:/),
  option(['--port'], /--port <number>' argument missing/),
  option(['--workers', '0'], /--workers .*at least 1; to run no turns use --role api/),
  option(['--workers', '1.5'], /--workers .*integer/),
  option(['--ttl', '-1'], /--ttl .*number of seconds/),
  option(['--ttl', '0.0001'], /--ttl .*0 or at least 0\.001/),
  option(['--timeout', 'NaN'], /--timeout .*number of seconds/),
  option(['--max-sessions', '1e3'], /--max-sessions .*integer/),
  option(['--shutdown-timeout', '99999999999'], /--shutdown-timeout .*from 0 to 2147483647/),
  option(
    ['--log-level', 'loud'],
    /--log-level .*Allowed choices are fatal, error, warn, info, debug, verbose/,
  ),
  option(['--role', 'boss'], /--role .*all, api, worker/),
  option(['--role', 'api'], /--role api needs --database and --redis/),
  option(['--role', 'worker', '--redis', 'redis://localhost'], /--role worker needs --database and --redis/),
  option(['--host', 'nowhere.invalid'], /--host nowhere\.invalid/),
  option(['--host', '192.0.2.1'], /--host 192\.0\.2\.1/),
  option(['--database', `mysql://me:${SECRET}@localhost/x`], /--database must be a URL like postgres:/),
  option(['--database', `postgres://me:12#${SECRET}@localhost/x`], /--database must .*percent-encoded/),
  option(['--redis', `http://me:${SECRET}@localhost`], /--redis must be a URL like redis:/),
  option(['--redis', `redis://:%${SECRET}@localhost`], /--redis must be a URL like redis:/),
  option(['--redis', `redis://:${SECRET}@localhost/first`], /--redis must be a URL like redis:/),
  option(['--api-key='], /--api-key .*at least one character/),
  option([], /--api-key \(or AGENT_SESSIONS_API_KEY\)/, { AGENT_SESSIONS_API_KEY: '' }),
  option(['--api-key', `two words ${SECRET}`], /--api-key .*without spaces/),
  option(['--webhook-secret', SECRET], /--webhook-secret .*whsec_ and the base64 of 24 to 64 bytes/),
  option(['--webhook-secret', bytes(23)], /--webhook-secret .*24 to 64 bytes/),
  option(['--webhook-secret', bytes(65)], /--webhook-secret .*24 to 64 bytes/),
  option([], /or AGENT_SESSIONS_WEBHOOK_SECRET\)/, { AGENT_SESSIONS_WEBHOOK_SECRET: `whsec_${SECRET}` }),
];

const addresses: FailingStart[] = [
  {
    what: 'a port in use',
    needsProcess: true,
    args: (port) => ['agent.mjs', '--port', String(port)],
    says: /Port \d+ of 127\.0\.0\.1 is in use; choose another with --port/,
  },
  {
    what: 'a file in place of the database that is none',
    needsProcess: true,
    folder: 'not-a-database',
    args: () => ['../agent.mjs', '--port', '0'],
    says: /agent-sessions\.sqlite cannot be opened: file is not a database/,
  },
  {
    what: 'a folder in place of the database',
    needsProcess: true,
    folder: 'folder-for-database',
    args: () => ['../agent.mjs', '--port', '0'],
    says: /agent-sessions\.sqlite cannot be opened: /,
  },
];

const starts = [...agents, ...options, ...addresses];

describe('a start that cannot succeed fails within 10 s with one line:', () => {
  const outcomes = new Map<FailingStart, Outcome>();
  let folder: TemporaryFolder;
  let taken: BlackHole;

  beforeAll(async () => {
    [folder, taken] = await Promise.all([temporaryFolder(), BlackHole.open()]);
    for (const [name, source] of Object.entries(AGENTS)) await agentFile(folder.path, source, name);
    await mkdir(join(folder.path, 'not-a-database'));
    await writeFile(join(folder.path, 'not-a-database/agent-sessions.sqlite'), 'words '.repeat(1_000));
    await mkdir(join(folder.path, 'folder-for-database/agent-sessions.sqlite'), { recursive: true });
    const outcomeOf = async (start: FailingStart, how: typeof run | typeof runInProcess) => {
      const cwd = join(folder.path, start.folder ?? '.');
      outcomes.set(start, await how(['start', ...start.args(taken.port)], cwd, start.env));
    };
    const inProcesses = starts.filter(({ needsProcess = false }) => needsProcess);
    await pooled(inProcesses.map((start) => () => outcomeOf(start, run)));
    for (const start of starts) if (!outcomes.has(start)) await outcomeOf(start, runInProcess);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([taken.close(), folder.remove()]);
  });

  it.each(starts)('$what', (start) => {
    const outcome = outcomes.get(start);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome?.stderr).toMatch(/^agent-sessions: [^\n]+\n$/);
    expect(outcome?.stderr).toMatch(start.says);
    expect(outcome?.stderr).not.toContain(SECRET);
    expect(outcome?.took).toBeLessThan(FAILURE_TIME);
  });
});
