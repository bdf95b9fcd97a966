import type { ChatMessage } from '../../messages/chat-message.js';
import { copyInSlices } from '../../messages/copy-message.js';
import type { Agent } from '../agent.js';
import { containListeners } from '../contained-signal.js';
import { Recorder } from '../recording/recorder.js';
import { createTurn } from '../turn-context.js';
import type { AgentSide, AgentTransport, EngineSide } from './transport.js';
import type { AgentEnd, FromAgent, ToAgent, TurnStart } from './turn-messages.js';

/** The transport to an agent in this process: a message is a call. */
export function inProcess(agent: Agent): AgentTransport {
  return (engine) => new AgentRun(agent, engine);
}

/** The agent's side of a run, in any process: converts messages into calls of the agent and back. */
export class AgentRun implements AgentSide {
  private readonly controller = new AbortController();
  private recorder: Recorder | undefined;

  constructor(
    private readonly agent: Agent,
    private readonly engine: EngineSide,
  ) {}

  send(message: ToAgent): void {
    switch (message.type) {
      case 'start':
        void this.start(message).then((end) => {
          this.engine.receive(end);
        });
        break;
      case 'abort':
        this.controller.abort(message.reason);
        this.recorder?.abort();
        break;
      case 'recorded':
        this.recorder?.recorded(message.call, message.refusal);
    }
  }

  private async start(start: TurnStart): Promise<AgentEnd> {
    const { signal } = this.controller;
    containListeners(signal, (error) => {
      this.engine.onListenerError(error);
    });
    const send = (message: FromAgent) => {
      this.engine.receive(message);
    };
    try {
      // A recording from a damaged row may have another form.
      const recorder = (this.recorder = new Recorder(start, signal, send));
      const history = start.isLongHistory ? await this.copied(start.history) : undefined;
      const turn = createTurn(start, signal, recorder, send, history);
      const output = await this.agent.runTurn(turn);
      await recorder.ended(true);
      return { type: 'end', outcome: 'completed', output };
    } catch (error) {
      await this.recorder?.ended(false);
      return { type: 'end', outcome: 'failed', error };
    }
  }

  /** Throws if the run is aborted meanwhile. */
  private async copied(history: readonly ChatMessage[]): Promise<ChatMessage[]> {
    const copies = await copyInSlices(history);
    this.controller.signal.throwIfAborted();
    return copies;
  }
}
