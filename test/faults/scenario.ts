import { expect } from '@jest/globals';
import { appendFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

import { temporaryFolder } from '../support/folders.js';
import { migratedSqliteFile } from '../support/migrated-databases.js';
import { until } from '../support/until.js';
import { type AgentNote, check, type Evidence, percentile, recoveryTimes, type Verdict } from './checker.js';
import { Fleet } from './fleet.js';
import { JsonLines } from './json-lines.js';
import { Load, type LoadOptions, type Sending } from './load.js';
import { hasUnfinishedTurns, readRecords, type Records, type RecordSource, sqliteFile } from './records.js';
import type { Servers } from './servers.js';
import { TcpProxy } from './tcp-proxy.js';

/** Factor of the work compared to an ordinary test run. */
export const SCALE = Number(process.env.FAULTS_SCALE ?? 1);

/** A number that shows the rule in an ordinary test run, and the larger one of `npm run faults`. */
export function volume(ordinary: number, atLength: number): number {
  return SCALE === 1 ? ordinary : atLength;
}

/** Time limit of a case, in ms. */
export const CASE_TIME = 90_000 * SCALE;

/** Results of a case besides the verdict. */
export interface Outcome {
  /** The operations, such as `{ kills: 12 }`. */
  counts?: Record<string, number>;
  /** Duration of each recovery, in ms; by default until the turns of killed processes ran again. */
  recovery?: number[];
  /** See {@link Evidence}. */
  frozen?: boolean;
  /** Violations that the case has found itself. */
  found?: Partial<Verdict>;
}

/** An effect of a step, which a database does not undo. */
export interface StepEffect {
  step: string;
  idempotencyKey: string;
  session: string;
  attempt: number;
}

interface Network {
  hasTables: boolean;
  database: string;
  toPostgres: TcpProxy;
  toRedis: TcpProxy;
}

/** One case: its own database, its own processes, and the record of its client. */
export class Scenario {
  readonly fleet: Fleet;
  /** All attempts of all clients to send a message. */
  readonly sendings: Sending[] = [];
  private readonly agentNotes: JsonLines<AgentNote>;
  private readonly stepEffects: JsonLines<StepEffect>;
  private readonly cleanUp: (() => Promise<void>)[];
  private seed = 0;

  private constructor(
    private readonly folder: string,
    private readonly network: Network | undefined,
    cleanUp: (() => Promise<void>)[],
  ) {
    this.cleanUp = cleanUp;
    this.fleet = new Fleet({
      folder,
      database: network?.toPostgres.url,
      redis: network?.toRedis.url,
      hasTables: network?.hasTables ?? true,
    });
    this.agentNotes = new JsonLines(this.fleet.agentLog);
    this.stepEffects = new JsonLines(`${this.fleet.agentLog}.effects`);
  }

  /** On PostgreSQL and Redis. */
  static async on(servers: Servers): Promise<Scenario> {
    const folder = await temporaryFolder();
    const database = await servers.createDatabase();
    const [toPostgres, toRedis] = await Promise.all([
      TcpProxy.to(database.url),
      TcpProxy.to(servers.redis.url),
    ]);
    return new Scenario(
      folder.path,
      { hasTables: servers.hasTables, database: database.url, toPostgres, toRedis },
      [
        () => toPostgres.close(),
        () => toRedis.close(),
        () => folder.remove(),
        () => servers.forget?.(database) ?? Promise.resolve(),
      ],
    );
  }

  /** On SQLite, in process. */
  static async embedded(): Promise<Scenario> {
    const folder = await temporaryFolder();
    await writeFile(sqliteFile(folder.path), await migratedSqliteFile());
    return new Scenario(folder.path, undefined, [() => folder.remove()]);
  }

  /** Between the processes and PostgreSQL. */
  get toPostgres(): TcpProxy {
    return this.connected.toPostgres;
  }

  /** Between the processes and Redis. */
  get toRedis(): TcpProxy {
    return this.connected.toRedis;
  }

  /** A client of all processes. */
  load(options: Pick<LoadOptions, 'sessions' | 'messages'> & Partial<LoadOptions>): Load {
    this.seed++;
    return new Load({ urls: () => this.fleet.urls, log: this.sendings, seed: this.seed, ...options });
  }

  get notes(): readonly AgentNote[] {
    return this.agentNotes.read();
  }

  /** What the steps of agents have done. */
  get effects(): readonly StepEffect[] {
    return this.stepEffects.read();
  }

  records(): Promise<Records> {
    return readRecords(this.source);
  }

  /** Waits until no turn is unfinished. */
  async quiet(timeoutMs = 30_000): Promise<void> {
    const isQuiet = async () => !(await hasUnfinishedTurns(this.source));
    await until(isQuiet, { what: 'all turns to end', timeoutMs, intervalMs: 100 });
  }

  /**
   * Waits for all turns to end and expects that nothing was lost, duplicated, out of order or overlapping, that the
   * API and the database agree, and that no process logged an unexpected error.
   */
  async expectAllWell(name: string, { counts, recovery, frozen, found }: Outcome = {}): Promise<Records> {
    await this.quiet();
    const records = await this.records();
    const { sendings, notes } = this;
    const verdict = check({ sendings, records, notes, frozen } satisfies Evidence);
    for (const [kind, lines] of Object.entries(found ?? {})) verdict[kind as keyof Verdict].push(...lines);
    const deaths = new Map(this.fleet.members.map(({ pid, killedAt }) => [pid, killedAt ?? NaN]));
    report(
      name,
      verdict,
      { turns: records.turns.length, ...counts },
      recovery ?? recoveryTimes(notes, deaths),
    );
    expect(verdict).toEqual({ lost: [], doubled: [], outOfOrder: [], overlapping: [] });
    expect(unexpectedAnswers(sendings)).toEqual([]);
    expect(stumbles(this.fleet.output)).toEqual([]);
    await this.expectApiToAgree(records);
    return records;
  }

  async remove(): Promise<void> {
    await this.fleet.remove();
    for (const undo of this.cleanUp) await undo();
  }

  private async expectApiToAgree(records: Records): Promise<void> {
    const [url] = this.fleet.urls;
    if (url === undefined) return;
    for (const { id, status } of records.sessions) {
      const read = async (path: string) => (await fetch(`${url}/sessions/${id}${path}`)).json();
      expect(await read('')).toMatchObject({ session_id: id, status });
      expect(await read('/messages')).toMatchObject(
        records.messages
          .filter(({ session }) => session === id)
          .map(({ role, content }) => ({ role, content })),
      );
    }
  }

  private get connected(): Network {
    if (!this.network) throw new Error('An embedded server has no connections to break');
    return this.network;
  }

  private get source(): RecordSource {
    return { database: this.network?.database, folder: this.folder };
  }
}

/** Responses that no client may ever get: anything but acceptance, a busy session, and an unavailable database. */
function unexpectedAnswers(sendings: readonly Sending[]): Sending[] {
  return sendings.filter(
    ({ status, code }) =>
      ![0, 202, 409].includes(status) &&
      !(status === 503 && ['database_unavailable', 'try_again'].includes(code ?? '')),
  );
}

/** Log lines that no fault explains. */
function stumbles(output: string): string[] {
  return output
    .split('\n')
    .filter((line) =>
      /unhandled|uncaught|TypeError|ReferenceError|MaxListeners|could not be run/i.test(line),
    );
}

/** For `npm run faults`: a row of the table. */
function report(name: string, verdict: Verdict, counts: Record<string, number>, recovery: number[]): void {
  const file = process.env.FAULTS_REPORT;
  if (!file) return;
  const row = {
    case: name,
    counts: Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', '),
    lost: verdict.lost.length,
    doubled: verdict.doubled.length,
    'out of order': verdict.outOfOrder.length,
    overlapping: verdict.overlapping.length,
    'recovery p50 (ms)': rounded(percentile(recovery, 50)),
    'recovery p99 (ms)': rounded(percentile(recovery, 99)),
  };
  appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/** Undefined without a recovery. */
function rounded(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds);
}
