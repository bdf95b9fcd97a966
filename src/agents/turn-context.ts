import type { ChatMessage } from '../messages/chat-message.js';
import type { InterruptPayload, Turn, TurnEvent } from './agent.js';

interface TurnFacts {
  sessionId: string;
  turnId: string;
  attempt: number;
  message: ChatMessage;
  history: ChatMessage[];
  signal: AbortSignal;
}

/** The {@link Turn} that an agent is handed. Its methods may be taken off it and called alone. */
export function createTurn(facts: TurnFacts, addUsage: (totalTokens: number) => void): Turn {
  return {
    sessionId: facts.sessionId,
    turnId: facts.turnId,
    attempt: facts.attempt,
    message: facts.message,
    history: facts.history,
    signal: facts.signal,
    step: async (name: string) =>
      Promise.reject(new Error(`turn.step(${JSON.stringify(name)}) is not available yet`)),
    interrupt: async (payload: InterruptPayload) =>
      Promise.reject(new Error(`turn.interrupt(${JSON.stringify(payload.type)}) is not available yet`)),
    emit: (delta: string | TurnEvent) => {
      checkEvent(delta);
    },
    usage: (tokens: { total_tokens: number }) => {
      addUsage(checkTokens(tokens));
    },
  };
}

function checkEvent(delta: unknown): void {
  const isEvent =
    typeof delta === 'object' && delta !== null && 'type' in delta && typeof delta.type === 'string';
  if (typeof delta !== 'string' && !isEvent) {
    throw new TypeError('turn.emit expects a string or an object with a type');
  }
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
