import { join } from 'node:path';

import type { Turn, TurnEvent, TurnOutput } from '../../src/agents/agent.js';
import type { EmittedEvent } from '../../src/agents/emitted-event.js';
import type { AgentTransport } from '../../src/agents/protocol/transport.js';
import type { FromAgent, TurnStart } from '../../src/agents/protocol/turn-messages.js';
import { bundled } from '../support/programs.js';

/** The program that `agent-sessions start` runs in a child process for one turn of an agent's file. */
export function agentProgram(file: string, cwd: string) {
  const program = bundled(join(import.meta.dirname, '../../dist/esm/cli/server/agent-process.js'));
  return { file: program, args: [file, 'fatal'], cwd };
}

/** A turn with this message, as the engine starts it. */
export function turnOf(content: string): TurnStart {
  return {
    sessionId: 'a-session',
    turnId: 'a-turn',
    owner: 'ada',
    metadata: { plan: { name: 'gold' } },
    attempt: 3,
    message: { role: 'user', content, user_params: { deep: { list: [1, null] } } },
    history: [],
    recording: { steps: [], interrupts: [] },
    eventBytes: 0,
  };
}

/** What a test has in place of the engine's part of a turn. */
export type EnginePart = Partial<Pick<Turn, 'history' | 'signal' | 'usage' | 'emit'>>;

/** Runs a turn as the engine does, by messages; what the agent returned or threw. */
export async function runBy(
  transport: AgentTransport,
  content: string,
  { history = [], signal, usage, emit }: EnginePart = {},
): Promise<TurnOutput> {
  return new Promise((resolve, reject) => {
    const receive = (message: FromAgent) => {
      if (message.type === 'usage') usage?.(message.tokens);
      else if (message.type === 'emit') emit?.(asEmitted(message.event));
      else if (message.type !== 'end') reject(new Error(`Unexpected message: ${message.type}`));
      else if (message.outcome === 'completed') resolve(message.output);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an agent may throw anything
      else reject(message.error);
    };
    const agent = transport({ receive, onListenerError: reject });
    agent.send({ type: 'start', ...turnOf(content), history });
    const abort = () => {
      agent.send({ type: 'abort', reason: signal?.reason as Error });
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
  });
}

/** An event as the agent has emitted it. */
function asEmitted({ type, fields, text }: EmittedEvent): string | TurnEvent {
  return text ?? { type, ...(JSON.parse(fields) as object) };
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
