import type { ChatMessage, SessionEvent } from '../../../client/index.js';
import type { Screen } from './screen.js';

/** How a turn stands when the conversation about it is over. */
export interface TurnOutcome {
  status: 'idle' | 'error' | 'interrupted';
  response: ChatMessage | null;
  error: string | null;
}

/** Shows the events of one turn as they come. */
export class TurnView {
  /** Set by the turn's end. */
  outcome: TurnOutcome | undefined;
  /** What was shown of each message. */
  private readonly texts = new Map<string, string>();
  private readonly calls = new Set<string>();
  private current: string | undefined;

  constructor(private readonly screen: Screen) {}

  show(event: SessionEvent): void {
    switch (event.type) {
      case 'turn.started':
        this.restart(event.attempt);
        break;
      case 'message.delta':
        this.delta(event.message_id, event.delta);
        break;
      case 'tool.call':
        this.call(event.tool_call_id, event.name, event.arguments);
        break;
      case 'tool.result':
        this.screen.note(`  = ${event.content}`);
        break;
      case 'turn.requeued':
        this.screen.note('The run was interrupted; the turn starts again.');
        break;
      case 'turn.completed':
        this.complete(event.response, event.messages);
        break;
      case 'turn.failed':
        this.fail(event.error);
        break;
      case 'session.deleted':
        this.fail('The session was deleted');
        break;
      default:
        // Of no interest in a conversation, or the agent's own.
        break;
    }
  }

  /** A response that was not streamed. */
  respond(response: ChatMessage | null): void {
    this.screen.content(response?.content ?? '');
    this.screen.endLine();
    this.outcome = { status: 'idle', response, error: null };
  }

  fail(error: string): void {
    this.screen.endLine();
    this.screen.failure(`The turn ended in an error: ${error}`);
    this.outcome = { status: 'error', response: null, error };
  }

  /** What an earlier run streamed is void. */
  private restart(attempt: number): void {
    if (attempt > 1) this.screen.endLine();
    this.texts.clear();
    this.calls.clear();
    this.current = undefined;
  }

  private delta(id: string, delta: string): void {
    if (this.current !== id) this.screen.endLine();
    this.current = id;
    this.texts.set(id, (this.texts.get(id) ?? '') + delta);
    this.screen.content(delta);
  }

  private call(id: string, name: string, args: string): void {
    if (this.calls.has(id)) return;
    this.calls.add(id);
    this.screen.note(`→ ${name} ${args}`);
  }

  /** Shows what was not streamed: the tool calls and the response. */
  private complete(response: ChatMessage, messages: (ChatMessage & { message_id: string })[]): void {
    // All that follows the turn's message: an agent may have replaced the history.
    const own = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1);
    for (const { tool_calls } of own) {
      for (const call of tool_calls ?? []) this.call(call.id, call.function.name, call.function.arguments);
    }
    const shown = this.texts.get(messages.at(-1)?.message_id ?? '') ?? '';
    const content = response.content ?? '';
    const isContinued = content.startsWith(shown);
    if (!isContinued) this.screen.endLine();
    this.respond({ ...response, content: isContinued ? content.slice(shown.length) : content });
    this.outcome = { status: 'idle', response, error: null };
  }
}
