import { isJsonObject } from '../../json/json-object.js';
import type { MessageRequest } from '../../sessions/session-calls.js';
import type { AgUiAsked } from '../acceptance/decide-ag-ui.js';
import { base64Of } from '../image.js';
import {
  checkedBody,
  checkedId,
  checkedList,
  MAX_THREAD_ID_LENGTH,
  refuse,
  saying,
} from '../request-check.js';

/** A checked AG-UI request. */
export interface AgUiInput {
  threadId: string;
  runId: string;
  isOld: boolean;
  /** The last user message, if there is one. */
  message?: { id: string; isLast: boolean; request: MessageRequest };
  resume: AgUiAsked['resume'];
  /** The ids of the messages that the client has. */
  messageIds: ReadonlySet<string>;
  /** The calls that the client has tool messages for. */
  answeredCalls: ReadonlySet<string>;
}

/** Members of the request that go to the agent. */
const FOR_THE_AGENT = ['forwardedProps', 'state', 'tools', 'context'] as const;

const ROLES = ['user', 'assistant', 'system', 'developer', 'tool', 'activity', 'reasoning'];

/** Checks an AG-UI RunAgentInput. Throws ValidationFailedException; members that are not known are ignored. */
export function checkedAgUiInput(value: unknown): AgUiInput {
  const body = checkedBody(value);
  const threadId = checkedId(body.threadId, 'threadId', MAX_THREAD_ID_LENGTH);
  const runId = checkedId(body.runId, 'runId');
  const messages = checkedList(body.messages, 'messages');
  const messageIds = new Set(messages.map(({ id }, index) => checkedId(id, `messages[${index}].id`)));
  for (const [index, { role }] of messages.entries()) {
    if (!ROLES.includes(String(role)))
      refuse(`messages[${index}].role`, `must be one of ${ROLES.join(', ')}`);
  }
  const last = messages.findLastIndex(({ role }) => role === 'user');
  const { protocolVersion } = body;
  if (!isAbsent(protocolVersion) && typeof protocolVersion !== 'string') {
    refuse('protocolVersion', 'must be a string');
  }
  return {
    threadId,
    runId,
    isOld: isAbsent(protocolVersion),
    ...(last < 0 ? {} : { message: userMessage(body, messages[last] ?? {}, last, messages.length) }),
    resume: resumeEntries(body.resume),
    messageIds,
    answeredCalls: new Set(
      messages.flatMap(({ role, toolCallId }) => {
        return role === 'tool' && typeof toolCallId === 'string' ? [toolCallId] : [];
      }),
    ),
  };
}

function userMessage(
  body: Record<string, unknown>,
  { id, content }: Record<string, unknown>,
  index: number,
  count: number,
): NonNullable<AgUiInput['message']> {
  const params = saying(Object.fromEntries(FOR_THE_AGENT.map((name) => [name, body[name]])));
  const user_params = Object.keys(params).length > 0 ? { user_params: params } : {};
  const said = contentOf(content, `messages[${index}].content`);
  return {
    id: id as string,
    isLast: index === count - 1,
    request: { role: 'user', ...said, ...user_params },
  };
}

function contentOf(content: unknown, path: string): Pick<MessageRequest, 'content' | 'base64_image'> {
  if (isAbsent(content)) return { content: null };
  if (typeof content === 'string') return { content };
  const parts = checkedList(content, path);
  const texts = parts.flatMap(({ type, text }, index) => {
    if (type !== 'text') return [];
    if (typeof text !== 'string') refuse(`${path}[${index}].text`, 'must be a string');
    return [text];
  });
  const image = parts.map(imageOf).find((data) => data !== undefined);
  return { content: texts.length > 0 ? texts.join('') : null, ...(image ? { base64_image: image } : {}) };
}

/** The data of an image part that has them inline; undefined for a part that cannot be used, which is skipped. */
function imageOf({ type, source, mimeType, data }: Record<string, unknown>): string | undefined {
  if (
    type === 'image' &&
    isJsonObject(source) &&
    source.type === 'data' &&
    typeof source.value === 'string'
  ) {
    return base64Of(source.value) ?? source.value;
  }
  const isImage = type === 'binary' && typeof mimeType === 'string' && mimeType.startsWith('image/');
  return isImage && typeof data === 'string' ? (base64Of(data) ?? data) : undefined;
}

function resumeEntries(value: unknown): AgUiAsked['resume'] {
  if (isAbsent(value)) return [];
  return checkedList(value, 'resume').map(({ interruptId, status, payload }, index) => {
    if (status !== 'resolved' && status !== 'cancelled') {
      refuse(`resume[${index}].status`, 'must be one of resolved, cancelled');
    }
    return { interruptId: checkedId(interruptId, `resume[${index}].interruptId`), status, payload };
  });
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
