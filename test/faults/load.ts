import { setTimeout as sleep } from 'node:timers/promises';

import type { Session } from '../../src/index.js';

/** The outcome of one attempt to send a message. */
export interface Sending {
  session: string;
  /** Unique text. */
  text: string;
  /** The response status; 0 without a response. */
  status: number;
  /** The error code, if it was an error. */
  code?: string;
  /** Present if acknowledged: the server promised that this turn will end. */
  turn?: string;
  /** Time of the request and duration until the response, in ms. */
  at: number;
  took: number;
}

/** Instructions for the agent. */
export interface AgentParams {
  take_ms?: number;
  stream?: number;
  block_ms?: number;
  crash?: boolean;
  order?: { onUnknown?: 'retry' | 'fail' | 'ask' };
  hang?: boolean;
  first?: Omit<AgentParams, 'first'>;
}

export interface LoadOptions {
  /** The servers that accept requests now. */
  urls: () => string[];
  /** Where all attempts are recorded. */
  log: Sending[];
  sessions: number;
  /** Number of messages per session; each is sent after the end of the previous turn. */
  messages: number;
  /** Seed of the random numbers. */
  seed: number;
  /** Instructions for the agent in each message; the random number is between 0 and 1. */
  params?: (random: number) => AgentParams;
}

/** Time limit of a client's request, in ms. */
const PATIENCE = 15_000;

/** Pause before a retry, in ms. */
const PAUSE = 150;

/** A client that uses many sessions concurrently and records what was promised. */
export class Load {
  readonly sessions: string[] = [];
  private readonly random: () => number;
  private sent = 0;
  private stopped = false;

  constructor(private readonly options: LoadOptions) {
    this.random = seeded(options.seed);
  }

  /** All attempts so far. */
  get log(): readonly Sending[] {
    return this.options.log;
  }

  /** Sends all messages, or as many as possible until it is stopped; resolves when the last turn has ended. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.sessions }, () => this.talk()));
  }

  /** Sends no further messages. */
  stop(): void {
    this.stopped = true;
  }

  /** Creates a session on any server that responds. */
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

  /** Sends one message once and records the outcome. */
  async send(session: string, params: AgentParams = {}, url?: string): Promise<Sending> {
    const text = `message ${this.options.seed}-${this.sent++}`;
    const at = Date.now();
    const message = { content: text, user_params: params };
    const { status, body } = await this.request('POST', `/sessions/${session}/messages`, message, url);
    const { turn_id, code } = body as { turn_id?: string; code?: string };
    const turn = status === 202 ? turn_id : undefined;
    const sending = { session, text, status, code, turn, at, took: Date.now() - at };
    this.options.log.push(sending);
    return sending;
  }

  /** Waits until the session's turn has ended, with any outcome; false if the client was stopped before. */
  async settled(session: string): Promise<boolean> {
    for (;;) {
      const { status, body } = await this.request('GET', `/sessions/${session}?wait=true&timeout=5`);
      if (status === 200 && (body as { status: string }).status !== 'running') return true;
      if (this.stopped) return false;
      if (status !== 200) await sleep(PAUSE);
    }
  }

  /** The only question of a session, once it waits for its answer. */
  async question(session: string): Promise<{ id: string; type: string }> {
    await this.settled(session);
    const { body } = await this.request('GET', `/sessions/${session}`);
    const { interrupts } = body as Pick<Session, 'interrupts'>;
    const [question, ...others] = interrupts ?? [];
    if (!question || others.length > 0) throw new Error(`There is not one question: ${JSON.stringify(body)}`);
    return { id: question.interrupt_id, type: question.type };
  }

  /** Answers a question once; the response status, or 0 without a response. */
  async resume(session: string, { id }: { id: string }, value: unknown): Promise<number> {
    const answer = { interrupt_id: id, value };
    return (await this.request('POST', `/sessions/${session}/resume`, answer)).status;
  }

  private async talk(): Promise<void> {
    const session = await this.create();
    for (let ended = 0; ended < this.options.messages && !this.stopped; ended++) {
      const params = this.options.params?.(this.random());
      // A message without a response may have been accepted; the session is then busy with it.
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

/** Random numbers between 0 and 1 that depend only on the seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
