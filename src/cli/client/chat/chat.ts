import type { AgentSessionsError, SessionInterrupt, SessionsClient } from '../../../client/index.js';
import { exitCodeOf } from '../exit-codes.js';
import { printJson } from '../print-json.js';
import { answerTo } from './answers.js';
import type { ChatInput } from './chat-input.js';
import type { Screen } from './screen.js';
import { TurnView } from './turn-view.js';

/** What a conversation needs. */
export interface ChatParts {
  client: SessionsClient;
  sessionId: string;
  input: ChatInput;
  screen: Screen;
  /** `user_params` of each message. */
  params?: Record<string, unknown> | undefined;
  /** Print the session after each turn instead of the answer. */
  json?: true | undefined;
}

/** Refusals of a message after which the conversation goes on. */
const REFUSALS = [409, 413, 422];

/** The exit code of a program that a signal has ended. */
const ENDED_BY_SIGNAL = 130;

/** A conversation in one session. */
export class Chat {
  /** The unfinished turn; its id is undefined where the server has none. */
  private turn: { id: string | undefined; cancelling?: Promise<void> } | undefined;
  private readonly leaving = new AbortController();

  constructor(private readonly parts: ChatParts) {}

  /** Sends the message, or one for each line of the input, and returns the exit code. */
  async run(message: string | undefined, isGivenSession: boolean): Promise<number> {
    try {
      const before = isGivenSession ? await this.finishTurn() : 0;
      if (before === exitCodeOf({ status: 'interrupted' })) return before;
      return message === undefined ? await this.converse() : await this.say(message);
    } catch (error) {
      if (this.leaving.signal.aborted) return ENDED_BY_SIGNAL;
      throw error;
    }
  }

  /** Ctrl+C: cancels the turn first; without one, or a second time, the conversation ends. */
  interrupt(): void {
    const { turn } = this;
    if (!turn || turn.cancelling) {
      this.leave();
      return;
    }
    const { client, sessionId, input, screen } = this.parts;
    screen.note('Cancelling the turn. Ctrl+C again leaves.');
    turn.cancelling = client.cancel(sessionId, { turn_id: turn.id }).then(
      () => undefined,
      (error: unknown) => {
        if ((error as AgentSessionsError).code !== 'nothing_running') this.leave();
      },
    );
    input.interrupt();
  }

  /** Ends the conversation. */
  leave(): void {
    if (this.leaving.signal.aborted) process.exit(ENDED_BY_SIGNAL);
    this.leaving.abort();
    this.parts.input.interrupt();
  }

  private async converse(): Promise<number> {
    const { input, screen } = this.parts;
    for (let code = 0; ;) {
      const line = await input.ask(input.prompt);
      if (line === undefined) return code;
      if (line.trim() === '') continue;
      try {
        code = await this.say(line);
        if (code === exitCodeOf({ status: 'interrupted' })) return code;
      } catch (error) {
        const { status, message } = error as AgentSessionsError;
        if (!REFUSALS.includes(status)) throw error;
        screen.failure(message);
        code = 1;
      }
    }
  }

  private async say(content: string): Promise<number> {
    const { client, sessionId, params } = this.parts;
    const message = { content, ...(params ? { user_params: params } : {}) };
    const { turn_id } = await client.send(sessionId, message, { signal: this.leaving.signal });
    return this.follow(turn_id);
  }

  /** A session of the user's may have a turn that is not finished. */
  private async finishTurn(): Promise<number> {
    const { client, sessionId, screen } = this.parts;
    const { status, turn_id } = await client.get(sessionId);
    if (status !== 'running' && status !== 'interrupted') return 0;
    screen.note('The session has an unfinished turn.');
    return this.follow(turn_id ?? undefined);
  }

  /** Shows a turn until its end, and returns the exit code. */
  private async follow(turnId: string | undefined): Promise<number> {
    const { client, sessionId, screen, json } = this.parts;
    const view = new TurnView(screen);
    this.turn = { id: turnId };
    try {
      const isStreamed = turnId !== undefined && (await this.stream(turnId, view));
      if (!isStreamed) await this.poll(view);
    } finally {
      this.turn = undefined;
    }
    if (json) printJson(await client.get(sessionId), { json });
    return exitCodeOf({ status: view.outcome?.status ?? 'interrupted' });
  }

  /** Shows the turn's events; false if the server has none. */
  private async stream(turn: string, view: TurnView): Promise<boolean> {
    const { client, sessionId } = this.parts;
    let hasBegun = false;
    try {
      // From the beginning of the log, because the turn may have ended already.
      const options = { turn, after: 0, signal: this.leaving.signal };
      for await (const event of client.events(sessionId, options)) {
        hasBegun = true;
        view.show(event);
        if (event.type === 'turn.interrupted' && !(await this.answerPending())) return true;
      }
      return true;
    } catch (error) {
      if (hasBegun || !isWithoutEvents(error as AgentSessionsError)) throw error;
      return false;
    }
  }

  /** Waits for the turn's end by long polls. */
  private async poll(view: TurnView): Promise<void> {
    const { client, sessionId } = this.parts;
    for (;;) {
      const { status, error, response } = await client.wait(sessionId, { signal: this.leaving.signal });
      if (status !== 'interrupted') {
        if (status === 'error') view.fail(error ?? 'unknown');
        else view.respond(response);
        return;
      }
      if (!(await this.answerPending())) return;
    }
  }

  /** Asks what the turn waits for; false if there is no answer. */
  private async answerPending(): Promise<boolean> {
    const { client, sessionId } = this.parts;
    const { interrupts } = await client.get(sessionId);
    for (const interrupt of interrupts ?? []) {
      const isAnswered = await this.answer(interrupt);
      if (this.turn?.cancelling) return true;
      if (!isAnswered) return false;
    }
    return true;
  }

  private async answer(interrupt: SessionInterrupt): Promise<boolean> {
    const { client, sessionId, input, screen } = this.parts;
    for (;;) {
      const answer = await answerTo(interrupt, input, screen);
      await this.turn?.cancelling;
      if (!answer) return false;
      try {
        await client.resume(sessionId, { interrupt_id: interrupt.interrupt_id, ...answer });
        return true;
      } catch (error) {
        const { status, message } = error as AgentSessionsError;
        if (![404, 409, 422].includes(status)) throw error;
        screen.failure(message);
        // Answered elsewhere, or expired; else the answer does not fit, and is asked for again.
        if (status !== 422) return true;
      }
    }
  }
}

/** Whether a server has no streams of events. Its own errors have codes. */
function isWithoutEvents({ status, code }: AgentSessionsError): boolean {
  return code === 'unexpected_response' || (code === 'unknown' && [404, 405, 501].includes(status));
}
