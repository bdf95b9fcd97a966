import { expect } from '@jest/globals';
import fc from 'fast-check';

import type { ChatMessage } from '../../src/index.js';
import { USED } from '../support/instants.js';
import { IDLE, type Model, type ModelSession, NOT_FOUND, type Real, settle } from './model.js';

/** An operation on one of the sessions, deleted ones included. */
abstract class OnSession implements fc.AsyncCommand<Model, Real> {
  constructor(
    readonly index: number,
    readonly detail: unknown = '',
  ) {}

  check({ sessions }: Readonly<Model>): boolean {
    return sessions.length > 0;
  }

  async run({ sessions }: Model, real: Real): Promise<void> {
    const mine = sessions[this.index % sessions.length];
    if (mine) await this.act(mine, real);
  }

  toString(): string {
    return `${this.constructor.name}(${this.index}, ${JSON.stringify(this.detail)})`;
  }

  protected abstract act(mine: ModelSession, real: Real): Promise<void>;
}

class Create implements fc.AsyncCommand<Model, Real> {
  constructor(private readonly state: ChatMessage[]) {}

  check(): boolean {
    return true;
  }

  async run({ sessions }: Model, { app }: Real): Promise<void> {
    const id = await app.client.newSession({ state: this.state });
    sessions.push({ id, isDeleted: false, session: IDLE, history: this.state, turns: [], polls: [] });
  }

  toString(): string {
    return `Create(${this.state.length})`;
  }
}

class Send extends OnSession {
  protected async act(mine: ModelSession, { app, agent }: Real): Promise<void> {
    const held = agent.holds();
    const answer = await app.client.send(mine.id, held.content);
    if (mine.isDeleted) {
      expect(answer).toMatchObject(NOT_FOUND);
    } else if (mine.held) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'session_busy' } });
    } else {
      expect(answer).toMatchObject({ status: 202, body: { session_id: mine.id, status: 'running' } });
      mine.held = held;
      mine.session = { ...IDLE, status: 'running' };
      mine.turns.push(['running', null]);
    }
  }
}

class Finish extends OnSession {
  protected async act(mine: ModelSession, { app }: Real): Promise<void> {
    const { held } = mine;
    if (!held) return;
    const asked: ChatMessage = { role: 'user', content: held.content };
    const response: ChatMessage = { role: 'assistant', content: `for ${held.content}` };
    if (this.detail === 'fail') held.fail(new Error('no'));
    else if (this.detail === 'replace') held.answer({ response, history: [asked] });
    else held.answer(response);
    await app.client.settled(mine.id);
    if (this.detail === 'fail') {
      await settle(mine, { status: 'error', error: 'no' }, ['failed', 'no']);
    } else {
      mine.history = this.detail === 'replace' ? [asked] : [...mine.history, asked, response];
      await settle(mine, { response }, ['completed', null]);
    }
  }
}

class Cancel extends OnSession {
  protected async act(mine: ModelSession, { app }: Real): Promise<void> {
    const { held } = mine;
    const wrong = this.detail === 'wrong turn';
    const answer = await app.client.cancel(mine.id, wrong ? { turn_id: mine.id } : undefined);
    if (mine.isDeleted) {
      expect(answer).toMatchObject(NOT_FOUND);
    } else if (!held) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'nothing_running' } });
    } else if (wrong) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'turn_mismatch' } });
    } else {
      expect(answer.status).toBe(202);
      held.answer({ response: { role: 'assistant', content: 'too late' }, history: [] });
      const error = 'Turn cancelled';
      await settle(mine, { status: 'error', error }, ['cancelled', error]);
    }
  }
}

class Delete extends OnSession {
  protected async act(mine: ModelSession, { app }: Real): Promise<void> {
    const answer = await app.client.delete(mine.id);
    if (mine.isDeleted) expect(answer).toMatchObject(NOT_FOUND);
    else expect(answer.status).toBe(204);
    mine.isDeleted = true;
    mine.held?.answer('to whom?');
    mine.held = undefined;
    for (const poll of await Promise.all(mine.polls.splice(0))) expect(poll).toMatchObject(NOT_FOUND);
  }
}

class Look extends OnSession {
  protected async act(mine: ModelSession, { app }: Real): Promise<void> {
    const [session, turns, list] = [
      await app.client.get(mine.id, this.detail === 'wait' ? '?wait=true&timeout=0.02' : ''),
      await app.client.turns(mine.id),
      (await app.client.list()).body.find(({ session_id }) => session_id === mine.id),
    ];
    if (mine.isDeleted) {
      expect([session, turns]).toMatchObject([NOT_FOUND, NOT_FOUND]);
      expect(list).toBeUndefined();
      return;
    }
    const turn_id = turns.body.at(-1)?.turn_id ?? null;
    expect(session.body).toEqual({ session_id: mine.id, ...mine.session, ...USED, turn_id });
    const seen = turns.body.map(({ status, error }) => [status === 'queued' ? 'running' : status, error]);
    expect(seen).toEqual(mine.turns);
    const { created_at, updated_at } = session.body;
    const shared = { status: mine.session.status, turn_id, created_at, updated_at };
    expect(list).toEqual({ session_id: mine.id, ...shared, total_messages: mine.history.length });
  }
}

class Messages extends OnSession {
  protected async act(mine: ModelSession, { app }: Real): Promise<void> {
    const after = Number(this.detail);
    const answer = await app.client.messages(mine.id, `?after=${after}&limit=3`);
    if (mine.isDeleted) expect(answer).toMatchObject(NOT_FOUND);
    else expect(answer.body).toEqual(mine.history.slice(after, after + 3));
  }
}

class Poll extends OnSession {
  protected act(mine: ModelSession, { app }: Real): Promise<void> {
    if (mine.held) mine.polls.push(app.client.get(mine.id, '?wait=true&timeout=30'));
    return Promise.resolve();
  }
}

/** Any sequence of operations of clients and the agent. */
export function commands(): fc.Arbitrary<Iterable<fc.AsyncCommand<Model, Real>>> {
  const index = fc.nat({ max: 3 });
  const message = fc.record({
    role: fc.constantFrom('user' as const, 'assistant' as const),
    content: fc.string(),
  });
  const on = (Command: new (index: number, detail: unknown) => OnSession, ...details: unknown[]) =>
    fc.tuple(index, fc.constantFrom(...details)).map(([at, detail]) => new Command(at, detail));
  return fc.commands(
    [
      fc.array(message, { maxLength: 4 }).map((state) => new Create(state)),
      on(Send, ''),
      on(Finish, 'answer', 'replace', 'fail'),
      on(Cancel, '', 'wrong turn'),
      on(Delete, ''),
      on(Look, '', 'wait'),
      on(Messages, 0, 1, 4),
      on(Poll, ''),
    ],
    { maxCommands: 60, size: 'max' },
  );
}
