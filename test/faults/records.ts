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

/** Reads all records from a PostgreSQL database, or from the SQLite file in a folder, bypassing the server. */
export async function readRecords(source: { database?: string; folder: string }): Promise<Records> {
  return source.database === undefined
    ? fromSqlite(join(source.folder, 'agent-sessions.sqlite'))
    : fromPostgres(source.database);
}

async function fromPostgres(url: string): Promise<Records> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await read(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows);
  } finally {
    await client.end();
  }
}

async function fromSqlite(file: string): Promise<Records> {
  const database = new Database(file, { readonly: true });
  try {
    return await read((sql) => Promise.resolve(database.prepare(sql).all() as Record<string, unknown>[]));
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
