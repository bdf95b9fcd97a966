import type { Turn, TurnOutput } from '../../src/index.js';
import { Gate } from '../support/gate.js';
import type { ScriptedAgent } from '../support/scripted-agent.js';

/** The words of the answer. */
export const WORDS = Array.from({ length: 40 }, (_, index) => `word${index} `);

/** What a page shows of the answer, its two texts in one. */
export const ANSWER = WORDS.join('');

/** A turn that streams its answer word by word, with a tool call in the middle. */
export interface StreamingTurn {
  content: string;
  /** Resolves when half of it has been streamed; the rest follows after `go`. */
  half: Promise<void>;
  go: () => void;
}

/** A message whose answer is streamed: half of it, then a tool call, and after `go` the other half. */
export function streamsSlowly(agent: ScriptedAgent): StreamingTurn {
  const half = new Gate<void>();
  const go = new Gate<void>();
  const content = agent.does(async (turn) => {
    const call = await turn.step('model', async () => {
      await speak(turn, WORDS.slice(0, 20));
      turn.emit({ type: 'tool.call', tool_call_id: 'c1', name: 'look', arguments: '{"at":"the sky"}' });
      turn.emit({ type: 'tool.result', tool_call_id: 'c1', content: 'blue' });
      return 'c1';
    });
    half.open();
    await go.opened;
    await speak(turn, WORDS.slice(20));
    return answer(call);
  });
  return { content, half: half.opened, go: go.open };
}

async function speak(turn: Turn, words: string[]): Promise<void> {
  for (const word of words) {
    turn.emit(word);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

function answer(id: string): TurnOutput {
  const call = { id, type: 'function', function: { name: 'look', arguments: '{"at":"the sky"}' } } as const;
  return {
    messages: [
      { role: 'assistant', content: WORDS.slice(0, 20).join(''), tool_calls: [call] },
      { role: 'tool', tool_call_id: id, content: 'blue' },
    ],
    response: { role: 'assistant', content: WORDS.slice(20).join('') },
  };
}
