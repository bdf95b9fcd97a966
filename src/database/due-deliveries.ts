import type { DuePage, DueSelection } from '../webhooks/delivery.store.js';
import { type DueRow, toDueDelivery, toDuePage, toDueValues } from './delivery-row.js';

/** How many due deliveries one statement looks at, in the order of their due times. */
const SCANNED = 2_000;

/** How many receivers a statement asks, for how many deliveries in total, and how many statements a search makes. */
const RECEIVERS = 500;
const OF_RECEIVERS = 5_000;
const MAX_STATEMENTS = 10;

/** The values of a search, as the statements take them. */
type DueValues = ReturnType<typeof toDueValues>;

type Cursor = 'afterAt' | 'afterId';

/** The statements of a dialect. */
export interface DueReads {
  /** Those among the first `scan` due deliveries that fit the selection. */
  due(values: DueValues & { scan: number }): Promise<DueRow[]>;
  /** Whether there are more due deliveries than `scan`. */
  hasMore(values: Pick<DueValues, 'ahead' | 'since' | Cursor> & { scan: number }): Promise<boolean>;
  /** Receivers with pending deliveries, in the order of their names after one. */
  receivers(after: string, limit: number): Promise<string[]>;
  /** The first due deliveries of each of these receivers. */
  ofReceivers(
    values: Omit<DueValues, 'origins' | Cursor> & { receivers: string[]; each: number },
  ): Promise<DueRow[]>;
}

/**
 * Finds due deliveries in the order of their due times. Those of receivers that take no more attempts now may be so
 * many that looking past them takes long: then each other receiver is asked for its first ones.
 */
export class DueDeliveries {
  /** The last receivers that were asked for all that is due and for what is so recently, where not all could be. */
  private readonly asked = { all: '', recent: '' };

  constructor(private readonly reads: DueReads) {}

  async find(selection: DueSelection): Promise<DuePage> {
    const { limit } = selection;
    const values = toDueValues(selection);
    const scan = leavesOut(selection) ? Math.max(limit, SCANNED) : limit;
    const rows = await this.reads.due({ ...values, scan });
    if (rows.length === limit || scan === limit) return toDuePage(rows, limit);
    const { ahead, since, afterAt, afterId } = values;
    if (!(await this.reads.hasMore({ ahead, since, afterAt, afterId, scan }))) return toDuePage(rows, limit);
    return { due: (await this.ofOthers(values)).map(toDueDelivery) };
  }

  /** Of the receivers after the last one that was asked, until there are enough deliveries or the last receiver is asked. */
  private async ofOthers({ origins, ...values }: DueValues): Promise<DueRow[]> {
    const rows: DueRow[] = [];
    const kind = values.since === null ? 'all' : 'recent';
    for (let statements = 0; statements < MAX_STATEMENTS; statements++) {
      const found = await this.reads.receivers(this.asked[kind], RECEIVERS);
      this.asked[kind] = found.length < RECEIVERS ? '' : (found.at(-1) ?? '');
      const receivers = found.filter((origin) => !origins.includes(origin));
      rows.push(...(await this.ofReceivers(values, receivers)));
      if (this.asked[kind] === '' || rows.length >= values.limit) break;
    }
    return rows.slice(0, values.limit);
  }

  private async ofReceivers(
    { limit, ahead, since, sessions, largeTo, small, maxBytes }: Omit<DueValues, 'origins'>,
    receivers: string[],
  ): Promise<DueRow[]> {
    if (receivers.length === 0) return [];
    const each = Math.ceil(OF_RECEIVERS / receivers.length);
    const fitting = { sessions, largeTo, small, maxBytes };
    return this.reads.ofReceivers({ limit, ahead, since, ...fitting, receivers, each });
  }
}

/** Whether a selection leaves due deliveries out. */
function leavesOut({ exceptOrigins, exceptSessions, maxBytes, exceptLargeTo }: DueSelection): boolean {
  const isOpen = exceptOrigins.length + exceptSessions.length + exceptLargeTo.length === 0;
  return !isOpen || maxBytes < Number.MAX_SAFE_INTEGER;
}
