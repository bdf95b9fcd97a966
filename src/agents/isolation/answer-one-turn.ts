import type { ChatMessage } from '../../messages/chat-message.js';
import type { Agent, TurnEvent, TurnOutput } from '../agent.js';
import { AgentRun } from '../protocol/agent-run.js';
import type { EngineSide } from '../protocol/transport.js';
import { readTurnOutput } from '../turn-output.js';
import { reportError, toError } from './error-report.js';
import { ALIVE_INTERVAL_MS, type FromChild, type ToChild, unwrap, wrap } from './process-messages.js';

/**
 * The child's side of an {@link AgentProcess}: loads the agent, runs the turn that the parent sends and reports what
 * comes of it. The parent then kills the process.
 */
export async function answerOneTurn(load: () => Promise<Agent>): Promise<void> {
  const send = takeChannel();
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
  const run = new AgentRun(answeringPlainData(agent), reportingEngine(send, fail));
  const history: ChatMessage[] = [];
  process.on('message', (received) => {
    const message = unwrap(received) as ToChild | undefined;
    if (!message) return;
    switch (message.type) {
      case 'history':
        for (const item of message.messages) history.push(item);
        break;
      case 'start':
        run.send({ ...message, history });
        break;
      case 'abort':
        run.send({ type: 'abort', reason: toError(message.reason) });
        break;
      default:
        run.send(message);
    }
  });
  send({ type: 'ready' });
}

/** The way to the parent, out of the reach of libraries that take any parent for one that they know. */
function takeChannel(): (message: FromChild) => void {
  const send = process.send?.bind(process);
  if (!send) throw new Error('This file is run by agent-sessions, in a process of its own');
  process.send = undefined;
  return (message) => {
    // Fails only where the parent has gone; this process then ends, too.
    send(wrap(message), undefined, undefined, () => undefined);
  };
}

/** The engine as the agent's side sees it here: each message goes to the parent. */
function reportingEngine(send: (message: FromChild) => void, fail: (thrown: unknown) => void): EngineSide {
  return {
    receive: (message) => {
      if (message.type === 'emit') {
        // As JSON, so that what no JSON can hold is refused here and not at the parent's.
        send({ ...message, delta: JSON.parse(JSON.stringify(message.delta)) as string | TurnEvent });
      } else if (message.type === 'end' && message.outcome === 'failed') fail(message.error);
      else send(message);
    },
    onListenerError: fail,
  };
}

/** The agent, with answers as plain data. It rejects, as the engine would, where an answer is none. */
function answeringPlainData(agent: Agent): Agent {
  return {
    runTurn: async (turn): Promise<TurnOutput> => {
      const { response, messages, replacesHistory } = readTurnOutput(await agent.runTurn(turn), turn.message);
      return replacesHistory
        ? { response, history: messages }
        : { response, messages: messages.slice(1, -1) };
    },
  };
}
