import {
  TOOL_APPROVAL_SCHEMA,
  type ToolApproval,
  type ToolCallToApprove,
  USER_INPUT_SCHEMA,
  type UserInput,
  type UserInputQuestion,
} from '../interrupts/conventions.js';
import type { InterruptOptions, Turn } from './agent.js';

/** The options of a conventional question, which has its own schema. */
export type AskOptions = Omit<InterruptOptions, 'schema'>;

/**
 * Asks a person whether a tool call may be made: an interrupt of type `tool_approval`.
 *
 * @param turn - The turn of the agent that wants to call the tool
 * @param call - The tool call
 * @param options - As for `turn.interrupt`, without a schema
 * @returns The decision
 * @throws What `turn.interrupt` throws
 * @example
 * ```ts
 * const refunds: AgentFunction = async (turn) => {
 *   const { approved, reason } = await requireApproval(turn, { toolName: 'refund', toolArgs: { order: 17 } });
 *   if (!approved) return `Not refunded: ${reason ?? 'no reason given'}`;
 *   return turn.step('refund', () => 'Refunded.');
 * };
 * ```
 */
export async function requireApproval(
  turn: Pick<Turn, 'interrupt'>,
  { toolName, toolArgs, toolCallId }: ToolCallToApprove,
  options: AskOptions = {},
): Promise<ToolApproval> {
  const payload = {
    type: 'tool_approval',
    tool_name: toolName,
    tool_args: toolArgs,
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
  };
  return turn.interrupt<ToolApproval>(payload, { ...options, schema: TOOL_APPROVAL_SCHEMA });
}

/**
 * Asks a person 1 to 4 questions with options: an interrupt of type `user_input`.
 *
 * @param turn - The turn of the agent that asks
 * @param questions - The questions, each with 2 to 4 options
 * @param options - As for `turn.interrupt`, without a schema
 * @returns The answers by question
 * @throws TypeError if there are too few or too many questions or options
 * @throws What `turn.interrupt` throws
 * @example
 * ```ts
 * const painter: AgentFunction = async (turn) => {
 *   const question = 'Which colour?';
 *   const { answers } = await askUser(turn, [
 *     {
 *       question,
 *       header: 'Colour',
 *       options: [
 *         { label: 'Blue', description: 'Like the sea' },
 *         { label: 'Green', description: 'Like the woods' },
 *       ],
 *     },
 *   ]);
 *   return `You chose ${String(answers[question])}.`;
 * };
 * ```
 */
export async function askUser(
  turn: Pick<Turn, 'interrupt'>,
  questions: UserInputQuestion[],
  options: AskOptions = {},
): Promise<UserInput> {
  checkQuestions(questions);
  const asked = questions.map(({ question, header, multiSelect = false, options: choices }) => ({
    question,
    header,
    multiSelect,
    options: choices,
  }));
  const payload = { type: 'user_input', questions: asked };
  return turn.interrupt<UserInput>(payload, { ...options, schema: USER_INPUT_SCHEMA });
}

function checkQuestions(questions: UserInputQuestion[]): void {
  if (questions.length < 1 || questions.length > 4) throw new TypeError('askUser expects 1 to 4 questions');
  const texts = new Set(questions.map(({ question }) => question));
  if (texts.size < questions.length) throw new TypeError('askUser expects questions that differ');
  for (const { question, options } of questions) {
    if (options.length < 2 || options.length > 4) {
      throw new TypeError(`askUser expects 2 to 4 options for the question "${question.slice(0, 100)}"`);
    }
  }
}
