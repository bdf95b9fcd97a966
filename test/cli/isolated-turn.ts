import { join } from 'node:path';

import type { Turn } from '../../src/agents/agent.js';
import { createTurn } from '../../src/agents/turn-context.js';

/** The program that `agent-sessions start` runs in a child process for one turn of an agent's file. */
export function agentProgram(file: string, cwd: string) {
  const program = join(import.meta.dirname, '../../dist/esm/cli/server/agent-process.js');
  return { file: program, args: [file, 'fatal'], cwd };
}

/** A turn with this message, as the engine creates it. */
export function turnOf(content: string, facts: Partial<Turn> = {}): Turn {
  const turn = createTurn(
    {
      sessionId: 'a-session',
      turnId: 'a-turn',
      attempt: 3,
      message: { role: 'user', content, user_params: { deep: { list: [1, null] } } },
      history: [],
      signal: new AbortController().signal,
    },
    () => undefined,
  );
  return { ...turn, ...facts };
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
