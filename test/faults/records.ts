import Database from 'better-sqlite3';
import { join } from 'node:path';
import pg from 'pg';

/** A session's row. */
export interface SessionRecord {
  id: string;
  status: string;
  messageCount: number;
  turnCount: number;
}

/** A turn's row; instants in ms. */
export interface TurnRecord {
  id: string;
  session: string;
  number: number;
  status: string;
  /** The content of the message that started it. */
  text: string;
  response: string | null;
  error: string | null;
  attempt: number;
  lostRuns: number;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
}

/** A recorded message's row. */
export interface MessageRecord {
  session: string;
  position: number;
  role: string;
  content: string | null;
}

/** What a database holds. */
export interface Records {
  sessions: SessionRecord[];
  turns: TurnRecord[];
  messages: MessageRecord[];
}

type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/** A PostgreSQL database, or the SQLite file in a folder. */
export interface RecordSource {
  database?: string;
  folder: string;
}

/** The file that an embedded server has in its folder. */
export function sqliteFile(folder: string): string {
  return join(folder, 'agent-sessions.sqlite');
}

/** Reads all records, bypassing the server. */
export function readRecords(source: RecordSource): Promise<Records> {
  return query(source, read);
}

/** Whether there is one that waits or runs. */
export function hasUnfinishedTurns(source: RecordSource): Promise<boolean> {
  const some = "SELECT id FROM agent_turn WHERE status IN ('queued', 'running') LIMIT 1";
  return query(source, async (ask) => (await ask(some)).length > 0);
}

function query<T>({ database, folder }: RecordSource, use: (query: Query) => Promise<T>): Promise<T> {
  return database === undefined ? onSqlite(sqliteFile(folder), use) : onPostgres(database, use);
}

async function onPostgres<T>(url: string, use: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows);
  } finally {
    await client.end();
  }
}

async function onSqlite<T>(file: string, use: (query: Query) => Promise<T>): Promise<T> {
  const database = new Database(file, { readonly: true });
  try {
    return await use((sql) => Promise.resolve(database.prepare(sql).all() as Record<string, unknown>[]));
  } finally {
    database.close();
  }
}

async function read(query: Query): Promise<Records> {
  const sessions = await query('SELECT id, status, message_count, turn_count FROM agent_session ORDER BY id');
  const turns = await query('SELECT * FROM agent_turn ORDER BY session_id, number');
  const messages = await query('SELECT * FROM agent_message ORDER BY session_id, position');
  return {
    sessions: sessions.map((row) => ({
      id: String(row.id),
      status: String(row.status),
      messageCount: Number(row.message_count),
      turnCount: Number(row.turn_count),
    })),
    turns: turns.map((row) => ({
      id: String(row.id),
      session: String(row.session_id),
      number: Number(row.number),
      status: String(row.status),
      text: content(row.input) ?? '',
      response: content(row.response),
      error: row.error as string | null,
      attempt: Number(row.attempt),
      lostRuns: Number(row.lost_runs),
      createdAt: Number(row.created_at) / 1000,
      startedAt: instant(row.started_at),
      endedAt: instant(row.ended_at),
    })),
    messages: messages.map((row) => ({
      session: String(row.session_id),
      position: Number(row.position),
      role: String(row.role),
      content: row.content as string | null,
    })),
  };
}

function content(json: unknown): string | null {
  return typeof json === 'string' ? (JSON.parse(json) as { content: string | null }).content : null;
}

function instant(microseconds: unknown): number | null {
  return microseconds === null ? null : Number(microseconds) / 1000;
}
