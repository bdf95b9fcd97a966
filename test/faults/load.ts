import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What became of one attempt to send a message. */
export interface Sending {
  session: string;
  /** Unlike any other's. */
  text: string;
  /** The answer's status; 0 where there was none. */
  status: number;
  /** The answer's code, where it was an error. */
  code?: string;
  /** Present where it was acknowledged: the server promised that this turn will end. */
  turn?: string;
  /** When it was sent, and how long the answer took, in ms. */
  at: number;
  took: number;
}

/** What the agent is to do with a message. */
export interface AgentParams {
  take_ms?: number;
  block_ms?: number;
  crash?: boolean;
  first?: Omit<AgentParams, 'first'>;
}

export interface LoadOptions {
  /** The servers that take requests at this moment. */
  urls: () => string[];
  /** An append-only file of all that was sent, one {@link Sending} a line. */
  log: string;
  sessions: number;
  /** Messages to each session; each is sent when the one before has ended. */
  messages: number;
  /** Decides what is left to chance. */
  seed: number;
  /** What the agent is to do with each message; the number comes from the seed and lies between 0 and 1. */
  params?: (random: number) => AgentParams;
}

/** How long a client waits for an answer, in ms. */
const PATIENCE = 15_000;

/** How long it waits before it tries again, in ms. */
const PAUSE = 50;

/** A client that talks to many sessions at once and writes down what it was promised. */
export class Load {
  readonly sessions: string[] = [];
  private readonly random: () => number;
  private sent = 0;
  private stopped = false;

  constructor(private readonly options: LoadOptions) {
    this.random = seeded(options.seed);
  }

  /** What was sent so far. */
  get log(): Sending[] {
    return readSendings(this.options.log);
  }

  /** Sends all messages, or as many as it can until it is stopped; resolves when the last one's turn has ended. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.sessions }, () => this.talk()));
  }

  /** Begins no further message. */
  stop(): void {
    this.stopped = true;
  }

  /** Creates a session on whichever server answers. */
  async create(): Promise<string> {
    for (;;) {
      const answer = await this.request('POST', '/sessions', {});
      if (answer.status === 201) {
        const { session_id } = answer.body as { session_id: string };
        this.sessions.push(session_id);
        return session_id;
      }
      await sleep(PAUSE);
    }
  }

  /** Sends one message once and writes down what became of it. */
  async send(session: string, params: AgentParams = {}, url?: string): Promise<Sending> {
    const text = `message ${this.options.seed}-${this.sent++}`;
    const at = Date.now();
    const message = { content: text, user_params: params };
    const { status, body } = await this.request('POST', `/sessions/${session}/messages`, message, url);
    const { turn_id, code } = body as { turn_id?: string; code?: string };
    const turn = status === 202 ? turn_id : undefined;
    const sending = { session, text, status, code, turn, at, took: Date.now() - at };
    appendFileSync(this.options.log, `${JSON.stringify(sending)}\n`);
    return sending;
  }

  /** Waits until the session's turn has ended, whatever it takes; false where the client was stopped before. */
  async settled(session: string): Promise<boolean> {
    for (;;) {
      const { status, body } = await this.request('GET', `/sessions/${session}?wait=true&timeout=5`);
      if (status === 200 && (body as { status: string }).status !== 'running') return true;
      if (this.stopped) return false;
      if (status !== 200) await sleep(PAUSE);
    }
  }

  private async talk(): Promise<void> {
    const session = await this.create();
    for (let ended = 0; ended < this.options.messages && !this.stopped; ended++) {
      const params = this.options.params?.(this.random());
      // A message that got no answer may have been accepted all the same; then the session is busy with it.
      while (![202, 409].includes((await this.send(session, params)).status)) {
        if (this.stopped) return;
        await sleep(PAUSE);
      }
      if (!(await this.settled(session))) return;
    }
  }

  private async request(
    method: string,
    path: string,
    body?: object,
    url = this.anyUrl(),
  ): Promise<{ status: number; body: unknown }> {
    try {
      const answer = await fetch(`${url}${path}`, {
        method,
        body: body && JSON.stringify(body),
        headers: body && { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(PATIENCE),
      });
      return { status: answer.status, body: await answer.json() };
    } catch {
      return { status: 0, body: {} };
    }
  }

  private anyUrl(): string {
    const urls = this.options.urls();
    return urls[Math.floor(this.random() * urls.length)] ?? 'http://127.0.0.1:1';
  }
}

export function readSendings(log: string): Sending[] {
  return readLines<Sending>(log);
}

/** The records of a file with one JSON object a line; none where there is no file. */

export function readLines<T>(file: string): T[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

/** Numbers between 0 and 1 that only the seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
