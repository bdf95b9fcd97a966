import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';

import { startCommand } from '../../src/cli/server/start.command.js';
import { type AnyOption, SETTINGS, STRUCTURE, WEBHOOKS } from '../../src/options/option-tables.js';

const README = await readFile(new URL('../../README.md', import.meta.url), 'utf8');

const webhooks = Object.entries<AnyOption>(WEBHOOKS).map(
  ([name, definition]) => [`webhooks.${name}`, definition] as const,
);
/** Every option by the name that it has in the README. */
const options = [
  ...Object.entries<AnyOption>({ ...STRUCTURE, ...SETTINGS }).filter(([name]) => name !== 'webhooks'),
  ...webhooks,
];

/** The rows of the table of options: name, flag and default. */
const rows = README.split('\n')
  .filter((line) => /^\| `[\w.]+` /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, name = '', flag = '', value = '']) => ({ name: name.replaceAll('`', ''), flag, value }))
  .filter(({ name }) => options.some(([option]) => option === name));

const UNITS = [
  { unit: 'ms', size: 3_600_000, sign: 'h' },
  { unit: 'ms', size: 60_000, sign: 'min' },
  { unit: 'ms', size: 1_000, sign: 's' },
  { unit: 'bytes', size: 1024 * 1024, sign: 'MiB' },
];

function shown(value: unknown, unit?: string): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  if (Array.isArray(value)) return `${shown(value[0], unit)} … ${shown(value.at(-1), unit)}`;
  if (typeof value === 'string') return `\`'${value}'\``;
  if (typeof value !== 'number') return `\`${JSON.stringify(value)}\``;
  const scale = UNITS.find((one) => one.unit === unit && value % one.size === 0);
  return scale ? `${value / scale.size} ${scale.sign}` : String(value);
}

describe('the table of options in the README', () => {
  it('has every option, and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(options.map(([name]) => name).sort());
  });

  it.each(options)(
    'has the default and the flag of %s',
    (option, { default: value, defaultsTo, unit, flag }) => {
      expect(rows.find(({ name }) => name === option)).toEqual({
        name: option,
        flag: flag === undefined ? '' : `\`${flag}\``,
        value: defaultsTo ?? shown(value, unit),
      });
    },
  );

  it('names the options beside an async factory', () => {
    const [, list = ''] =
      /`forRootAsync\(\{ agent, imports,.*? takes (.*?) beside the factory/.exec(README) ?? [];
    const named = [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual(
      Object.keys(STRUCTURE)
        .filter((name) => !['agent', 'imports'].includes(name))
        .sort(),
    );
  });
});

describe('the command line', () => {
  const flags = startCommand().options.map(({ long }) => long);

  it.each(options.filter(([, { flag }]) => flag?.startsWith('--')))(
    'has the flag of %s',
    (_option, { flag }) => {
      expect(flags).toContain(flag?.split(' ')[0]);
    },
  );
});
