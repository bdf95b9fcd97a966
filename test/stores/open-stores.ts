import { afterAll, beforeAll } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';

import type { TurnResult } from '../../src/agents/turn-output.js';
import type { StoreSettings } from '../../src/database/database.options.js';
import { createStores, type Stores } from '../../src/database/stores.js';
import { type ChatMessage, entities, migrations } from '../../src/index.js';
import type { NewSession } from '../../src/sessions/session.store.js';
import type { TurnRecord } from '../../src/turns/turn.js';
import type { ClaimedTurn } from '../../src/turns/turn.store.js';
import { toWebhook, type Webhook } from '../../src/webhooks/webhook.js';
import type { Backend, StackDatabase } from '../support/stacks.js';

export const ASKED: ChatMessage = { role: 'user', content: 'hello' };
export const ANSWERED: ChatMessage = { role: 'assistant', content: 'hi there' };

/** A webhook of a turn. */
export const WEBHOOK = toWebhook({ url: 'https://example.com/hook' }, false);

/** The result of an ordinary run. */
export const RESULT: TurnResult = { response: ANSWERED, messages: [ASKED, ANSWERED], replacesHistory: false };

/** A database with its tables, and stores on it as in several processes or modules. */
export class StoreFixture {
  dataSource!: DataSource;
  private database!: StackDatabase;

  /** Stores of the module `test` by default. */
  stores(settings: Partial<StoreSettings> = {}): Stores {
    return createStores(this.dataSource, this.settings(settings));
  }

  protected settings(settings: Partial<StoreSettings>): StoreSettings {
    return {
      module: 'test',
      lease: 60_000,
      maxAttempts: 3,
      maxHistory: 64 * 1024 * 1024,
      ...settings,
    };
  }

  async open(backend: Backend): Promise<void> {
    this.database = await backend.createMigratedDatabase();
    this.dataSource = await openDataSource(this.database);
    await this.dataSource.runMigrations();
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.database.remove();
  }
}

export async function openDataSource(database: StackDatabase, upTo = migrations): Promise<DataSource> {
  return new DataSource({ ...database.options, entities, migrations: upTo }).initialize();
}

/** One database for all tests of a `describe`. */
export function useStores(backend: Backend): StoreFixture {
  const fixture = new StoreFixture();
  beforeAll(() => fixture.open(backend));
  afterAll(() => fixture.close());
  return fixture;
}

/** Creates a session and returns its id. */
export async function newSession({ sessions }: Stores, session: Partial<NewSession> = {}): Promise<string> {
  const id = randomUUID();
  await sessions.create({ id, state: [], ...session });
  return id;
}

/** Queues a turn of a session, a new one by default, and returns its id. */
export async function newTurn(
  stores: Stores,
  sessionId?: string,
  webhook?: Webhook,
): Promise<{ turnId: string; sessionId: string }> {
  const id = sessionId ?? (await newSession(stores));
  const turnId = randomUUID();
  const { outcome } = await stores.turns.accept({}, id, { id: turnId, message: ASKED, webhook });
  if (outcome !== 'accepted') throw new Error(`The turn is not accepted: ${outcome}`);
  return { turnId, sessionId: id };
}

/** Claims a turn's next run, by a new worker by default. */
export async function claim({ turns }: Stores, turnId: string, worker = randomUUID()): Promise<ClaimedTurn> {
  const claimed = await turns.claim(turnId, worker);
  if (!claimed) throw new Error('The turn is not claimed');
  return claimed;
}

/** Claims a run of a new turn. */
export async function newRun(stores: Stores, sessionId?: string): Promise<ClaimedTurn> {
  return claim(stores, (await newTurn(stores, sessionId)).turnId);
}

/** The recorded history, as the next run would read it. */
export async function historyOf(stores: Stores, sessionId: string): Promise<ChatMessage[]> {
  const run = await newRun(stores, sessionId);
  await stores.turns.cancel({}, sessionId);
  if (!run.history) throw new Error('The history is too large to come with the claim');
  return run.history;
}

/** The turns of a session, up to the maximum page size. */
export async function turnsOf({ turns }: Pick<Stores, 'turns'>, sessionId: string): Promise<TurnRecord[]> {
  return (await turns.list({}, sessionId, { limit: 1_000 }))?.turns ?? [];
}

/** The complete visible state of a session and its turns. */
export async function stateOf({ sessions, turns }: Stores, sessionId: string) {
  return { session: await sessions.find({}, sessionId), turns: await turnsOf({ turns }, sessionId) };
}

export function times<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}
