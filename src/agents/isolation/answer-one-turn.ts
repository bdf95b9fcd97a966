import type { ChatMessage } from '../../messages/chat-message.js';
import type { Agent, Turn, TurnEvent, TurnOutput } from '../agent.js';
import { createTurn } from '../turn-context.js';
import { readTurnOutput } from '../turn-output.js';
import { reportError } from './error-report.js';
import { ALIVE_INTERVAL_MS, type FromAgent, type ToAgent } from './turn-messages.js';

/**
 * The child's side of an {@link AgentProcess}: loads the agent, runs the turn that the parent sends and reports what
 * comes of it. The parent then kills the process.
 */
export async function answerOneTurn(load: () => Promise<Agent>): Promise<void> {
  const send = takeChannel();
  const controller = new AbortController();
  const history: ChatMessage[] = [];
  const fail = (thrown: unknown) => {
    send({ type: 'end', outcome: 'failed', error: reportError(thrown) });
  };
  // What the agent throws outside its promise ends this turn alone.
  process.on('uncaughtException', fail);
  // A terminal and some supervisors signal the whole family. The parent says when this process has to end.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  setInterval(() => {
    send({ type: 'alive' });
  }, ALIVE_INTERVAL_MS);

  let agent: Agent;
  try {
    agent = await load();
  } catch (error) {
    fail(error);
    return;
  }
  process.on('message', (message: ToAgent) => {
    switch (message.type) {
      case 'history':
        for (const item of message.messages) history.push(item);
        break;
      case 'start': {
        const facts = { ...message, history, signal: controller.signal };
        void answer(agent, createReportingTurn(facts, send)).then((output) => {
          send({ type: 'end', outcome: 'completed', output });
        }, fail);
        break;
      }
      case 'abort':
        controller.abort(Object.assign(new Error(message.message), { name: message.name }));
    }
  });
  send({ type: 'ready' });
}

/** The way to the parent, out of the reach of libraries that take any parent for one that they know. */
function takeChannel(): (message: FromAgent) => void {
  const send = process.send?.bind(process);
  if (!send) throw new Error('This file is run by agent-sessions, in a process of its own');
  process.send = undefined;
  return (message) => {
    // Fails only where the parent has gone; this process then ends, too.
    send(message, undefined, undefined, () => undefined);
  };
}

/** A turn that reports to the parent, with the same checks of what the agent hands in. */
function createReportingTurn(
  facts: Parameters<typeof createTurn>[0],
  send: (message: FromAgent) => void,
): Turn {
  const turn = createTurn(facts, (tokens) => {
    send({ type: 'usage', tokens: { total_tokens: tokens } });
  });
  return {
    ...turn,
    emit: (delta) => {
      turn.emit(delta);
      // As JSON, so that what no JSON can hold is refused here and not at the parent's.
      send({ type: 'emit', delta: JSON.parse(JSON.stringify(delta)) as string | TurnEvent });
    },
  };
}

/** The agent's answer as plain data; rejects, as the engine would, where it is none. */
async function answer(agent: Agent, turn: Turn): Promise<TurnOutput> {
  const { response, messages, replacesHistory } = readTurnOutput(await agent.runTurn(turn), turn.message);
  return replacesHistory ? { response, history: messages } : { response, messages: messages.slice(1, -1) };
}
