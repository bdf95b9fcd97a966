import { median, round } from './statistics.mjs';

export const CONCURRENCIES = [1, 8, 32];

/** The server that the others are compared with. */
export const REFERENCE = 'floor';

/** The results of a run for one server at one concurrency: medians over the rounds. */
export function turnFigures(lines, server, concurrency) {
  const rounds = turnLines(lines, server, concurrency);
  if (rounds.length === 0) return undefined;
  const over = (pick) => round(median(rounds.map(pick)), 1);
  return {
    perSecond: over((line) => line.turns_per_second),
    p50: over((line) => line.turn_ms.p50),
    p95: over((line) => line.turn_ms.p95),
    p99: over((line) => line.turn_ms.p99),
    ratio: ratioToReference(lines, rounds, concurrency),
  };
}

/** Turns per second as a multiple of the reference's in the same round: the median over the rounds. */
function ratioToReference(lines, rounds, concurrency) {
  const references = new Map(
    turnLines(lines, REFERENCE, concurrency).map((line) => [line.round, line.turns_per_second]),
  );
  const ratios = rounds
    .filter((line) => references.has(line.round))
    .map((line) => line.turns_per_second / references.get(line.round));
  return ratios.length === 0 ? undefined : round(median(ratios));
}

function turnLines(lines, server, concurrency) {
  return lines.filter(
    (line) => line.measure === 'turns' && line.server === server && line.concurrency === concurrency,
  );
}

/** The only result of a kind for a server. */
export function lineOf(lines, server, measure) {
  return lines.find((line) => line.measure === measure && line.server === server);
}
