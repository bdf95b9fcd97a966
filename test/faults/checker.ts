import type { Sending } from './load.js';
import type { MessageRecord, Records, TurnRecord } from './records.js';

/** A line in the agent's log. */
export interface AgentNote {
  event: 'start' | 'end' | 'cut off';
  session: string;
  turn: string;
  attempt: number;
  pid: number;
  at: number;
}

/** What was acknowledged, what is recorded, and what the agents did. */
export interface Evidence {
  sendings: readonly Sending[];
  records: Records;
  notes: readonly AgentNote[];
  /**
   * That processes were stopped, blocked or cut off from the database for longer than the lease: an agent does not
   * know then that its turn has been taken over, so that its run may overlap with later ones. Runs that were not
   * taken over must not.
   */
  frozen?: boolean;
}

/** All violations, one line each. */
export interface Verdict {
  /** Acknowledged but not ended, or completed but not in the history. */
  lost: string[];
  /** More than one result of a turn, more than one turn of a message, more than one run of an attempt. */
  doubled: string[];
  /** Turns or messages in a different order than the client's. */
  outOfOrder: string[];
  /** Two turns, or two runs of a turn, of one session at the same time. */
  overlapping: string[];
}

const FINAL = new Set(['completed', 'failed', 'cancelled']);

/** Compares what the client was promised with the final records. */
export function check(evidence: Evidence): Verdict {
  const verdict: Verdict = { lost: [], doubled: [], outOfOrder: [], overlapping: [] };
  checkAcknowledged(evidence, verdict);
  checkRuns(evidence, verdict);
  const turns = groupBy(evidence.records.turns, ({ session }) => session);
  const messages = groupBy(evidence.records.messages, ({ session }) => session);
  for (const session of evidence.records.sessions) {
    const its = { turns: turns.get(session.id) ?? [], messages: messages.get(session.id) ?? [] };
    if (session.turnCount !== its.turns.length || session.messageCount !== its.messages.length) {
      verdict.lost.push(`session ${session.id} counts other turns or messages than it has`);
    }
    checkTurns(its.turns, verdict);
    checkHistory(its.turns, its.messages, verdict);
  }
  return verdict;
}

function checkAcknowledged({ sendings, records }: Evidence, verdict: Verdict): void {
  const byId = new Map(records.turns.map((turn) => [turn.id, turn]));
  const lastNumber = new Map<string, number>();
  for (const { turn: id, text, session } of sendings) {
    if (id === undefined) continue;
    const turn = byId.get(id);
    if (turn?.text !== text || turn.session !== session || !FINAL.has(turn.status)) {
      verdict.lost.push(`${text}: ${turn?.status ?? 'no such turn'}`);
      continue;
    }
    if (turn.number <= (lastNumber.get(session) ?? 0))
      verdict.outOfOrder.push(`${text}: turn ${turn.number}`);
    lastNumber.set(session, turn.number);
  }
  for (const [text, turns] of groupBy(records.turns, (turn) => turn.text)) {
    if (turns.length > 1) verdict.doubled.push(`${text}: ${turns.length} turns`);
  }
}

interface Interval extends Pick<AgentNote, 'session' | 'turn' | 'attempt'> {
  run: string;
  from: number;
  to: number;
}

/** From the agents' notes. */
function checkRuns({ notes, frozen = false }: Evidence, verdict: Verdict): void {
  const runs = groupBy(notes, ({ turn, attempt }) => `turn ${turn} attempt ${attempt}`);
  const intervals: Interval[] = [];
  for (const [run, its] of runs) {
    const starts = its.filter(({ event }) => event === 'start');
    if (starts.length > 1) verdict.doubled.push(`${run}: begun ${starts.length} times`);
    const [start] = starts;
    const end = its.find(({ event }) => event !== 'start');
    // A run without an end died with its process, and one that was cut off may end at any time.
    if (start && end?.event === 'end') intervals.push({ ...start, run, from: start.at, to: end.at });
  }
  const attempts = new Map<string, number>();
  for (const { turn, attempt } of notes) attempts.set(turn, Math.max(attempt, attempts.get(turn) ?? 0));
  const exclusive = intervals.filter(({ turn, attempt }) => !frozen || attempt === attempts.get(turn));
  for (const its of groupBy(exclusive, ({ session }) => session).values()) {
    its.sort((a, b) => a.from - b.from);
    for (const [index, interval] of its.entries()) {
      const next = its[index + 1];
      if (next && next.from < interval.to) verdict.overlapping.push(`${interval.run} and ${next.run}`);
    }
  }
}

/** One session's turns, by number. */
function checkTurns(turns: TurnRecord[], verdict: Verdict): void {
  for (const [index, turn] of turns.entries()) {
    if (turn.number !== index + 1) verdict.outOfOrder.push(`turn ${turn.id}: number ${turn.number}`);
    const before = turns[index - 1];
    if (before && (before.endedAt === null || before.endedAt > turn.createdAt)) {
      verdict.overlapping.push(`turns ${before.id} and ${turn.id}`);
    }
  }
}

/** The history is, in the turns' order, each completed turn's message and its answer, and nothing else. */
function checkHistory(turns: TurnRecord[], messages: MessageRecord[], verdict: Verdict): void {
  const expected = turns
    .filter(({ status }) => status === 'completed')
    .flatMap(({ text }) => [`user: ${text}`, `assistant: answer to ${text}`]);
  const recorded = messages.map(({ role, content }) => `${role}: ${content ?? ''}`);
  const times = groupBy(recorded, (message) => message);
  for (const message of expected) {
    if (!times.has(message)) verdict.lost.push(`not in the history: ${message}`);
  }
  for (const [message, its] of times) {
    if (its.length > 1 || !expected.includes(message)) {
      verdict.doubled.push(`${its.length} times in the history: ${message}`);
    }
  }
  const inOrder =
    messages.every(({ position }, index) => position === index) &&
    recorded.every((message, index) => expected.indexOf(message) === index);
  if (!inOrder) verdict.outOfOrder.push(`the history of session ${messages[0]?.session ?? ''}`);
}

/** Times from each death of a process to the next run of its turn, in ms. `deaths` contains the times of the kills. */
export function recoveryTimes(notes: readonly AgentNote[], deaths: Map<number, number>): number[] {
  const starts = notes.filter(({ event }) => event === 'start');
  const ended = new Set(
    notes.filter(({ event }) => event !== 'start').map((note) => `${note.turn} ${note.attempt}`),
  );
  return starts.flatMap((start) => {
    const death = deaths.get(start.pid);
    if (death === undefined || ended.has(`${start.turn} ${start.attempt}`)) return [];
    const next = starts.find(({ turn, attempt }) => turn === start.turn && attempt === start.attempt + 1);
    return next ? [next.at - death] : [];
  });
}

/** How turns ended, each way once, like `completed in run 2`. */
export function outcomes(turns: TurnRecord[]): string[] {
  return [...new Set(turns.map(({ status, attempt }) => `${status} in run ${attempt}`))].sort();
}

export function percentile(values: number[], percent: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

function groupBy<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return groups;
}
