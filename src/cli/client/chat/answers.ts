import type { SessionInterrupt } from '../../../client/index.js';
import type { ChatInput, PossibleAnswer } from './chat-input.js';
import type { Screen } from './screen.js';
import { answerQuestions, readQuestions } from './user-input.js';

/** Asks the user what the agent asks. */
export async function answerTo(
  { type, payload }: SessionInterrupt,
  input: ChatInput,
  screen: Screen,
): PossibleAnswer {
  if (type === 'tool_approval') return approve(payload, input, screen);
  const questions = type === 'user_input' ? readQuestions(payload) : undefined;
  return questions ? answerQuestions(questions, input, screen) : answerInJson(payload, input, screen);
}

async function approve(payload: Record<string, unknown>, input: ChatInput, screen: Screen): PossibleAnswer {
  const { tool_name, tool_args = {} } = payload;
  screen.question(`The agent wants to call ${String(tool_name)} ${JSON.stringify(tool_args)}`);
  const line = await input.ask('Allow it? [y/N] ');
  return line === undefined ? undefined : { value: { approved: /^\s*y(es)?\s*$/i.test(line) } };
}

async function answerInJson(
  payload: Record<string, unknown>,
  input: ChatInput,
  screen: Screen,
): PossibleAnswer {
  screen.question(`The agent asks:\n${JSON.stringify(payload, null, 2)}`);
  for (;;) {
    const line = await input.ask('Answer as JSON: ');
    if (line === undefined) return undefined;
    try {
      return { value: JSON.parse(line) as unknown };
    } catch {
      screen.failure('This is not JSON; a text is written in double quotes.');
    }
  }
}
