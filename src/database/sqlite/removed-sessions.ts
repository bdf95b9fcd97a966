import type { EntityManager } from 'typeorm';

import { DatabaseRejectedException } from '../../exceptions/index.js';
import { describeRefusal } from '../../exceptions/refusal.js';
import { ContainedLogger } from '../../logging/contained-logger.js';
import { BATCH_BYTES } from '../database.options.js';
import { REMOVED_MODULES } from '../sql/conditions.js';
import * as statements from './removed-session-statements.js';
import { FORGET_ENTRIES } from './session-statements.js';
import type { SqliteDatabase } from './sqlite-database.js';
import type { SqliteStatements } from './sqlite-statements.js';

/** Maximum number of rows that one transaction removes: some 20 ms. */
const ROWS = 10_000;

/** Maximum number of turns; of an expired session each may have a delivery that gets a copy of the history. */
const TURNS = { deleted: 1_000, expired: 100 };

interface RemovedRow {
  id: string;
  module: string;
}

/**
 * What is left of removed sessions. A long session is removed by giving its row a module's name that no module has,
 * which hides it from every statement; its rows then go in batches, because SQLite blocks the event loop.
 */
export class RemovedSessions {
  private readonly logger = new ContainedLogger(RemovedSessions.name);

  constructor(private readonly database: SqliteDatabase) {}

  /** Removes a batch of the rows of this removed session, or of any. False if there is none. */
  async removeBatch(id?: string, manager?: EntityManager): Promise<boolean> {
    const find = id === undefined ? statements.FIND_ANY({}) : statements.FIND({ id });
    const found = await this.database.read((sql) => sql.get<RemovedRow>(find), manager);
    if (!found) return false;
    try {
      await this.database.transaction((sql) => {
        removeBatch(sql, found.id);
      }, manager);
    } catch (error) {
      if (!(error instanceof DatabaseRejectedException)) throw error;
      // A table or a trigger of the host may keep rows. It must not keep the rows of other sessions.
      await this.database.transaction((sql) => sql.run(statements.SET_ASIDE({ id: found.id })), manager);
      this.logger.warn(
        `Rows of a removed session stay in the database: session ${found.id}: ${describeRefusal(error)}`,
      );
    }
    return true;
  }
}

/** What has to go with the session's row, because the rest of the code does not ask for its session. */
export function hideRows(sql: SqliteStatements, id: string): void {
  sql.run(FORGET_ENTRIES({ id }));
  sql.run(statements.DROP_DELIVERIES_OF_UNFINISHED({ id }));
  sql.run(statements.REMOVE_UNFINISHED({ id }));
}

function removeBatch(sql: SqliteStatements, id: string): void {
  // Another session may have the id by now.
  const found = sql.get<RemovedRow>(statements.FIND({ id }));
  if (!found || removeTurns(sql, found)) return;
  const batch = { id, limit: ROWS, bytes: BATCH_BYTES };
  if (sql.run(statements.REMOVE_MESSAGES(batch)) > 0) return;
  if (sql.run(statements.REMOVE_EVENTS(batch)) > 0) return;
  if (sql.run(statements.REMOVE_REQUESTS({ id, limit: ROWS })) > 0) return;
  sql.run(statements.REMOVE({ id }));
}

/** Turns are first, because what a delivery of an expired session shows is copied while the history is there. */
function removeTurns(sql: SqliteStatements, { id, module }: RemovedRow): boolean {
  const pendingStay = module === REMOVED_MODULES.expired;
  const batch = { id, limit: pendingStay ? TURNS.expired : TURNS.deleted, bytes: BATCH_BYTES };
  const last = sql.get<{ last: number | null }>(statements.LAST_TURN(batch))?.last ?? undefined;
  if (last === undefined) return false;
  if (pendingStay) sql.run(statements.KEEP_HISTORY({ id, last }));
  sql.run(statements.DROP_DELIVERIES({ id, last, pendingStay }));
  sql.run(statements.REMOVE_TURNS({ id, last }));
  return true;
}
