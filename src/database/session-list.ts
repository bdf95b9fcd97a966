import type { SessionListQuery, SessionPage } from '../sessions/session.store.js';
import { type SearchedRow, type SessionSummaryRow, toSearchedPage, toSessionPage } from './session-row.js';
import type { ListQuery } from './sql/list-statements.js';

/** How many sessions a list reads at most to find those with the wanted metadata: a few milliseconds. */
const SEARCH_BUDGET = 1_000;

/** Reads the rows of a list. */
type Read = <Row>(query: ListQuery & { limit: number; budget: number }) => Promise<Row[]>;

/**
 * A page of a list. Ordered by update, a search by metadata reads and sorts all sessions with the first entry if they
 * are few; otherwise it reads the sessions last updated, of which many have the entry.
 */
export async function listSessions(
  { limit, ...query }: SessionListQuery & { limit: number },
  owner: string | undefined,
  read: Read,
): Promise<SessionPage> {
  const given = { ...query, owner, limit: limit + 1, budget: SEARCH_BUDGET };
  if (!query.metadata?.length) return toSessionPage(await read<SessionSummaryRow>(given), limit);
  if (query.order !== 'updated') {
    return toSearchedPage(await read<SearchedRow>(given), limit, SEARCH_BUDGET);
  }
  const few = await read<SearchedRow>({ ...given, search: 'entry', budget: SEARCH_BUDGET + 1 });
  if (Number(few[0]?.examined ?? 0) <= SEARCH_BUDGET) return toSearchedPage(few, limit, Infinity);
  return toSearchedPage(await read<SearchedRow>({ ...given, search: 'all' }), limit, SEARCH_BUDGET);
}
