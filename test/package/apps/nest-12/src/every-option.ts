import type {
  Agent,
  ChatMessage,
  CreateSessionRequest,
  MessageRequest,
  Session,
  SessionCallOptions,
  SessionsModuleOptions,
  SessionsService,
  SessionsSettings,
  Turn,
  TurnOutput,
  WaitOptions,
} from 'nestjs-agent-sessions';
import { SessionsModule } from 'nestjs-agent-sessions';

/** Optional settings, as a host's ConfigService returns them. */
declare const text: string | undefined;
declare const number: number | undefined;
declare const flag: boolean | undefined;

class SupportAgent implements Agent {
  runTurn({ message, history }: Turn): TurnOutput {
    const response: ChatMessage = { role: 'assistant', content: message.content, name: history.at(-1)?.name };
    return { response };
  }
}

/** The README's example. */
export const later = SessionsModule.forRootAsync({
  agent: SupportAgent,
  useFactory: () => ({
    concurrency: number,
    owner: (request: { user?: { sub: string } }) => request.user?.sub,
  }),
});

export const settings: SessionsSettings = {
  queue: flag ? 'bull' : undefined,
  concurrency: number,
  turnTimeout: number,
  sessionTtl: number,
  maxSessions: number,
  allowCustomIds: flag,
  maxAttempts: number,
  lease: number,
  shutdownTimeout: number,
  owner: undefined,
  clientRoles: flag ? ['user'] : undefined,
  rejectEmptyMessages: flag,
  webhooks: {
    secrets: text ? [text] : undefined,
    allowPrivateAddresses: flag,
    retryDelays: number ? [number] : undefined,
  },
};

export const options: SessionsModuleOptions = {
  ...settings,
  agent: SupportAgent,
  path: text,
  name: text,
  dataSource: text,
  bullConfigKey: text,
  role: flag ? 'api' : undefined,
  health: flag,
  guards: undefined,
  imports: undefined,
  isGlobal: flag,
};

/** Options that a host passes on may be undefined as well. */
export async function relay(
  sessions: SessionsService,
  request: CreateSessionRequest | undefined,
  message: MessageRequest,
  { owner, timeout }: { owner?: string; timeout?: number },
): Promise<Session> {
  const call: SessionCallOptions = { owner: text, manager: undefined };
  const wait: WaitOptions = { wait: true, timeout: number, signal: undefined };
  const { session_id: id } = await sessions.create(
    { state: request?.state, metadata: request?.metadata },
    call,
  );
  const webhook = { url: 'https://example.com', token: text };
  await sessions.send(id, { ...message, name: text, webhook }, { ...call, idempotencyKey: owner });
  await sessions.cancel(id, { turn_id: text }, call);
  await sessions.list({ limit: timeout, status: undefined }, { owner });
  return sessions.get(id, { ...call, ...wait });
}
