import { readFile, writeFile } from 'node:fs/promises';
import prettier from 'prettier';

import { CONCURRENCIES, lineOf, turnFigures } from './figures.mjs';

const BEGIN = '<!-- figures -->';
const END = '<!-- end of figures -->';

/** The results of a run as Markdown tables. */
export function formatFigures(servers, lines) {
  const run = lines.find(({ measure }) => measure === 'run');
  return [
    `${run.at.slice(0, 10)}, Node ${run.node}, ${run.cpus}; rounds of each measurement: ${run.rounds}, of ${run.seconds} s.`,
    'Turns per second with 1, 8 and 32 clients, and as a multiple of the floor:',
    table(
      ['', ...CONCURRENCIES.flatMap((concurrency) => [String(concurrency), 'of floor'])],
      servers,
      lines,
      ({ id }) =>
        CONCURRENCIES.flatMap((concurrency) => {
          const { perSecond, ratio } = turnFigures(lines, id, concurrency) ?? {};
          return [perSecond, ratio];
        }),
    ),
    'A turn from POST to the answer, in ms, p50 / p95 / p99:',
    table(['', ...CONCURRENCIES.map(String)], servers, lines, ({ id }) =>
      CONCURRENCIES.map((concurrency) => {
        const figures = turnFigures(lines, id, concurrency);
        return figures && `${figures.p50} / ${figures.p95} / ${figures.p99}`;
      }),
    ),
    ...growthAndMemory(servers, lines),
    ...lines
      .filter(({ measure }) => measure === 'none')
      .map(({ server, reason }) => `Not measured: ${titleOf(servers, server)} (${reason}).`),
  ].join('\n\n');
}

function growthAndMemory(servers, lines) {
  const growth = lines.find(({ measure }) => measure === 'growth');
  const memory = lines.find((line) => line.measure === 'memory' && line.kb_per_poll);
  if (!growth || !memory) return [];
  const counts = Object.keys(memory.kb_per_poll);
  const part = Math.ceil(growth.turns / 10);
  return [
    `One session of ${growth.turns} turns: the median turn of the first ${part} and of the last ${part}, in ms. ` +
      'Memory: KB per long poll while so many are open:',
    table(
      [
        '',
        'first',
        'last',
        'growth',
        ...counts.map((count) => `KB at ${Number(count).toLocaleString('en')}`),
      ],
      servers,
      lines,
      ({ id }) => {
        const grown = lineOf(lines, id, 'growth');
        const polls = lineOf(lines, id, 'memory')?.kb_per_poll;
        return [grown?.first_ms, grown?.last_ms, grown?.growth, ...counts.map((count) => polls?.[count])];
      },
    ),
  ];
}

/** One row for each server of the run. */
function table(head, servers, lines, cells) {
  const measured = servers.filter(({ id }) => lines.some(({ server }) => server === id));
  const rows = [
    head,
    head.map((_, index) => (index === 0 ? '---' : '---:')),
    ...measured.map((server) => [server.title, ...cells(server).map((cell) => cell ?? 'not measured')]),
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function titleOf(servers, id) {
  return servers.find((server) => server.id === id)?.title ?? id;
}

/** Replaces the figures in the README. */
export async function updateReadme(path, figures) {
  const text = await readFile(path, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${path} has no place for figures`);
  const updated = `${text.slice(0, begin)}${BEGIN}\n\n${figures}\n\n${text.slice(end)}`;
  const settings = await prettier.resolveConfig(path);
  await writeFile(path, await prettier.format(updated, { ...settings, filepath: path }));
}
