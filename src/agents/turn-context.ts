import type { ChatMessage } from '../messages/chat-message.js';
import { copyMessage } from '../messages/copy-message.js';
import type { Turn, TurnEvent } from './agent.js';
import { Emitter } from './emitter.js';
import { deepFrozen } from './deep-frozen.js';
import type { FromAgent, TurnStart } from './protocol/turn-messages.js';
import type { Recorder } from './recording/recorder.js';

/**
 * The {@link Turn} that an agent receives. Each method validates its arguments and sends them to the engine as a
 * message. The methods may be destructured. Message and history are copied when they are first read, because the agent
 * may change them; a long history has been copied before.
 */
export function createTurn(
  start: TurnStart,
  signal: AbortSignal,
  recorder: Recorder,
  send: (message: FromAgent) => void,
  copiedHistory?: ChatMessage[],
): Turn {
  let message: ChatMessage | undefined;
  let history = copiedHistory;
  const emitter = new Emitter(start.eventBytes, (event) => {
    send({ type: 'emit', event });
  });
  return {
    sessionId: start.sessionId,
    turnId: start.turnId,
    owner: start.owner,
    metadata: deepFrozen(start.metadata),
    attempt: start.attempt,
    recordedVersion: start.recording.version,
    get message() {
      return (message ??= copyMessage(start.message));
    },
    get history() {
      return (history ??= start.history.map(copyMessage));
    },
    signal,
    step: (name, run, options) => contained(recorder.step(name, run, options)),
    interrupt: (payload, options) => contained(recorder.interrupt(payload, options)),
    emit: (delta: string | TurnEvent) => {
      emitter.emit(delta);
    },
    usage: (tokens: { total_tokens: number }) => {
      send({ type: 'usage', tokens: { total_tokens: checkTokens(tokens) } });
    },
  };
}

/** The agent may not wait for the result; a rejection that nothing handles would end the process. */
function contained<T>(result: Promise<T>): Promise<T> {
  result.catch(() => undefined);
  return result;
}

function checkTokens(tokens: unknown): number {
  const total =
    typeof tokens === 'object' && tokens !== null && 'total_tokens' in tokens
      ? tokens.total_tokens
      : undefined;
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0) {
    throw new TypeError('turn.usage expects { total_tokens } with an integer of at least 0');
  }
  return total;
}
