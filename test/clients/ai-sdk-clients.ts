import * as six from 'ai';
import * as seven from 'ai-7';

/** A part of a message in a chat. */
export type ListedPart = { type: string } & Record<string, unknown>;

/** A message in a chat. */
export interface ListedMessage {
  id: string;
  role: string;
  metadata?: unknown;
  parts: ListedPart[];
}

/** What the versions of `AbstractChat`, which is all of useChat but React, have in common, and the tests use. */
export interface Chat {
  readonly id: string;
  readonly status: string;
  readonly error: Error | undefined;
  messages: ListedMessage[];
  sendMessage(message?: { text: string }, options?: object): Promise<void>;
  regenerate(options?: object): Promise<void>;
  resumeStream(options?: object): Promise<void>;
  addToolApprovalResponse(answer: { id: string; approved: boolean; reason?: string }): Promise<void>;
  addToolOutput(output: { tool: string; toolCallId: string; output: unknown }): Promise<void>;
  stop(): Promise<void>;
}

interface Sdk {
  AbstractChat: abstract new (init: object) => Chat;
  DefaultChatTransport: new (options: object) => object;
  safeValidateUIMessages: (options: { messages: unknown }) => Promise<unknown>;
}

/** A version of the SDK, with the conditions under which its helpers send by themselves. */
export interface AiSdkClient {
  version: string;
  newChat(options: {
    api: string;
    id?: string;
    messages?: ListedMessage[];
    headers?: Record<string, string>;
    sendAutomaticallyWhen?: unknown;
    onData?: (part: unknown) => void;
    fetch?: typeof fetch;
  }): Chat;
  whenAnswered: unknown;
  whenToolsHaveOutput: unknown;
  /** The check of messages that a page has loaded. */
  validate(messages: unknown): Promise<unknown>;
}

function clientOf(version: string, sdk: typeof six | typeof seven): AiSdkClient {
  const { AbstractChat, DefaultChatTransport, safeValidateUIMessages } = sdk as unknown as Sdk;
  class PlainChat extends AbstractChat {}
  return {
    version,
    newChat: ({ api, id, messages = [], headers, fetch: fetcher, ...init }) => {
      const state = {
        status: 'ready',
        error: undefined,
        messages,
        pushMessage(message: ListedMessage) {
          state.messages = [...state.messages, message];
        },
        popMessage() {
          state.messages = state.messages.slice(0, -1);
        },
        replaceMessage(index: number, message: ListedMessage) {
          state.messages = state.messages.with(index, structuredClone(message));
        },
        snapshot: structuredClone,
      };
      const transport = new DefaultChatTransport({ api, headers, fetch: fetcher });
      return new PlainChat({ ...init, id, transport, state });
    },
    whenAnswered: sdk.lastAssistantMessageIsCompleteWithApprovalResponses,
    whenToolsHaveOutput: sdk.lastAssistantMessageIsCompleteWithToolCalls,
    validate: (messages) => safeValidateUIMessages({ messages }),
  };
}

/** The versions that tests run with. */
export const AI_SDK_CLIENTS: AiSdkClient[] = [clientOf('7', seven), clientOf('6', six)];
