import type { UserInputQuestion } from '../../src/interrupts/conventions.js';

/** What `tool_approval` asks about. */
export interface AskedCall {
  name: string;
  arguments: unknown;
}

/** The tool call that an interrupt asks about; undefined if it asks for something else, or not by the convention. */
export function toolCallOf(type: string, payload: Record<string, unknown>): AskedCall | undefined {
  const { tool_name: name, tool_args: given } = payload;
  return type === 'tool_approval' && typeof name === 'string' ? { name, arguments: given } : undefined;
}

/** The questions of `user_input`; undefined as above. */
export function questionsOf(
  type: string,
  { questions }: Record<string, unknown>,
): readonly UserInputQuestion[] | undefined {
  if (type !== 'user_input' || !Array.isArray(questions) || questions.length === 0) return undefined;
  return questions.every(isQuestion) ? questions : undefined;
}

function isQuestion(value: unknown): value is UserInputQuestion {
  const { question, options } = Object(value) as Record<string, unknown>;
  return typeof question === 'string' && Array.isArray(options) && options.every(isOption);
}

function isOption(value: unknown): boolean {
  return typeof (Object(value) as Record<string, unknown>).label === 'string';
}
