import type { ChatMessage } from '../../messages/chat-message.js';
import type { Agent, TurnOutput } from '../agent.js';
import { AgentRun } from '../protocol/agent-run.js';
import type { EngineSide } from '../protocol/transport.js';
import { readTurnOutput } from '../turn-output.js';
import { reportError } from '../../logging/error-report.js';
import { toError } from './reported-error.js';
import { ALIVE_INTERVAL_MS, type FromChild, type ToChild, unwrap, wrap } from './process-messages.js';

/**
 * The child's side of an {@link AgentProcess}: loads the agent, runs the turn that the parent sends and reports its
 * end. The parent then kills the process. An answer that is larger than `maxHistory`, in bytes, is not sent.
 */
export async function answerOneTurn(load: () => Promise<Agent>, maxHistory: number): Promise<void> {
  const send = takeChannel();
  const fail = (thrown: unknown) => {
    send({ type: 'end', outcome: 'failed', error: reportError(thrown) });
  };
  // An error outside the agent's promise ends only this turn.
  process.on('uncaughtException', fail);
  // Terminals and some supervisors signal the whole process group. The parent decides when this process ends.
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
  const run = new AgentRun(answeringPlainData(agent, maxHistory), reportingEngine(send, fail));
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

/** Takes the channel to the parent, hidden from libraries that would use any parent they find. */
function takeChannel(): (message: FromChild) => void {
  const send = process.send?.bind(process);
  if (!send) throw new Error('This file is run by agent-sessions, in a process of its own');
  process.send = undefined;
  return (message) => {
    // Fails only if the parent has exited; this process then exits, too.
    send(wrap(message), undefined, undefined, () => undefined);
  };
}

/** The engine's side in the child: each message is forwarded to the parent. */
function reportingEngine(send: (message: FromChild) => void, fail: (thrown: unknown) => void): EngineSide {
  return {
    receive: (message) => {
      if (message.type === 'end' && message.outcome === 'failed') fail(message.error);
      else send(message);
    },
    onListenerError: fail,
  };
}

/** The agent, with results as plain data. It rejects, as the engine would, if a result is invalid. */
function answeringPlainData(agent: Agent, maxHistory: number): Agent {
  return {
    runTurn: async (turn): Promise<TurnOutput> => {
      const output = await agent.runTurn(turn);
      const { response, messages, replacesHistory } = readTurnOutput(output, turn.message, maxHistory);
      return replacesHistory
        ? { response, history: messages }
        : { response, messages: messages.slice(1, -1) };
    },
  };
}
