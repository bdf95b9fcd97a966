import { isJsonObject } from '../../json/json-object.js';
import type { MessageRequest } from '../../sessions/session-calls.js';
import type { AiSdkAsked } from '../acceptance/decide-ai-sdk.js';
import { base64Of } from '../image.js';
import {
  checkedBody,
  checkedId,
  checkedList,
  MAX_THREAD_ID_LENGTH,
  refuse,
  saying,
} from '../request-check.js';

/** A checked request of the AI SDK's chat transport. */
export interface ChatRequest extends AiSdkAsked {
  chatId: string;
  /** The id of the last message. */
  messageId: string;
  /** What the last message says, if it is the user's. */
  request: MessageRequest;
}

const TRIGGERS = ['submit-message', 'regenerate-message'];

const KNOWN = ['id', 'messages', 'message', 'trigger', 'messageId'];

/**
 * Checks a request of the AI SDK: `{ id, messages }`, or `{ id, message }` with the last message alone. Throws
 * ValidationFailedException. Other members of the body go to the agent.
 */
export function checkedChatRequest(value: unknown): ChatRequest {
  const body = checkedBody(value);
  const chatId = checkedId(body.id, 'id', MAX_THREAD_ID_LENGTH);
  const { trigger, message } = body;
  if (trigger !== undefined && trigger !== null && !TRIGGERS.some((known) => known === trigger)) {
    refuse('trigger', `must be one of ${TRIGGERS.join(', ')}`);
  }
  const [last, path] = isJsonObject(message) ? [message, 'message'] : lastOf(body.messages);
  const { role } = last;
  if (role !== 'user' && role !== 'assistant') refuse(`${path}.role`, 'must be one of user, assistant');
  const parts = checkedList(last.parts, `${path}.parts`);
  const isUsers = role === 'user';
  const params = saying(Object.fromEntries(Object.entries(body).filter(([name]) => !KNOWN.includes(name))));
  return {
    chatId,
    isRegeneration: trigger === 'regenerate-message',
    messageId: checkedId(last.id, `${path}.id`),
    isUsers,
    parts,
    request: {
      role: 'user',
      ...(isUsers ? said(parts, `${path}.parts`) : {}),
      ...(Object.keys(params).length > 0 ? { user_params: params } : {}),
    },
  };
}

function lastOf(value: unknown): [Record<string, unknown>, string] {
  const messages = checkedList(value, 'messages');
  const last = messages.at(-1);
  if (!last) refuse('messages', 'must not be empty');
  return [last, `messages[${messages.length - 1}]`];
}

function said(
  parts: Record<string, unknown>[],
  path: string,
): Pick<MessageRequest, 'content' | 'base64_image'> {
  const texts = parts.flatMap(({ type, text }, index) => {
    if (type !== 'text') return [];
    if (typeof text !== 'string') refuse(`${path}[${index}].text`, 'must be a string');
    return [text];
  });
  const image = parts.map(imageOf).find((data) => data !== undefined);
  return { content: texts.length > 0 ? texts.join('') : null, ...(image ? { base64_image: image } : {}) };
}

/** The data of an image part that has them inline; undefined for a part that cannot be used, which is skipped. */
function imageOf({ type, mediaType, url }: Record<string, unknown>): string | undefined {
  const isImage = type === 'file' && typeof mediaType === 'string' && mediaType.startsWith('image/');
  return isImage && typeof url === 'string' ? base64Of(url) : undefined;
}
