import { HttpAgent as NewAgent } from '@ag-ui/client';
import { HttpAgent as OldAgent } from 'ag-ui-client-0';

/** A message in a client's list. */
export interface AgUiListed {
  id: string;
  role: string;
  content?: unknown;
  toolCallId?: string;
  toolCalls?: { id: string; function: { name: string; arguments: string } }[];
}

/** What the versions of the client have in common, and the tests use. */
export interface AgUiAgent {
  messages: AgUiListed[];
  threadId: string;
  pendingInterrupts: { id: string }[];
  runAgent(input?: object, subscriber?: object): Promise<unknown>;
  abortRun(): void;
  subscribe(subscriber: object): { unsubscribe(): void };
  addMessage(message: AgUiListed): void;
}

type AgentClass = new (options: {
  url: string;
  threadId?: string;
  headers?: Record<string, string>;
  fetch?: typeof fetch | undefined;
}) => AgUiAgent;

/** A version of the client. */
export interface AgUiClient {
  version: string;
  HttpAgent: AgentClass;
}

/** The versions that tests run with. */
export const AG_UI_CLIENTS: AgUiClient[] = [
  { version: '1.0.0', HttpAgent: NewAgent },
  { version: '0.0.59', HttpAgent: OldAgent },
];
