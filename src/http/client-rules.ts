import { ValidationFailedException } from '../exceptions/index.js';
import type { ChatMessage } from '../messages/chat-message.js';
import type { ClientRules } from '../options/client-rules.js';
import { listedProblems } from '../validation/validated.js';

/** The fields that make a user's message one with something in it. */
const SUBSTANCE = ['content', 'base64_image', 'user_params', 'tool_calls', 'tool_call_id'] as const;

/** Throws ValidationFailedException if a client may not send this message; SessionsService may send any. */
export function checkClientMessage(message: Partial<ChatMessage>, rules: ClientRules): void {
  const { role = 'user' } = message;
  if (!rules.roles.includes(role)) throw new ValidationFailedException([wrongRole('role', rules)]);
  if (rules.rejectEmptyMessages && role === 'user' && SUBSTANCE.every((field) => isEmpty(message[field]))) {
    throw new ValidationFailedException(['content must not be empty if the message has nothing else']);
  }
}

/** Throws ValidationFailedException if a client may not preload this history. */
export function checkClientState(state: readonly ChatMessage[] | null | undefined, rules: ClientRules): void {
  if (!state || state.length === 0) return;
  if (!rules.mayPreload) {
    throw new ValidationFailedException([
      `state must be left out, because clients may only send messages with the role ${rules.roles.join(', ')}`,
    ]);
  }
  const problems = listedProblems(wrongRoles(state, rules));
  if (problems.length > 0) throw new ValidationFailedException(problems);
}

function* wrongRoles(state: readonly ChatMessage[], rules: ClientRules): Generator<string> {
  for (const [index, { role }] of state.entries()) {
    if (!rules.roles.includes(role)) yield wrongRole(`state[${index}].role`, rules);
  }
}

function wrongRole(path: string, { roles }: ClientRules): string {
  return `${path} must be one of the roles that clients may use: ${roles.join(', ')}`;
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  return value === undefined || value === null || Object.keys(value).length === 0;
}
