import type { ConfigurableModuleAsyncOptions, ModuleMetadata } from '@nestjs/common';

import type { ChatRole } from '../messages/chat-message.js';
import type { AgentErrorListener } from './agent-error-listener.js';
import type { ClientRules } from './client-rules.js';
import type { SessionsRole, SessionsStructure } from './sessions-structure.js';
import type { DeliverySettings, WebhookOptions } from './webhook-options.js';

/** How turns reach workers: Bull on Redis, or within the process. */
export type SessionsQueue = 'bull' | 'in-process';

/** What may come from an async factory. Times are in milliseconds. */
export interface SessionsSettings {
  /**
   * How turns reach workers.
   *
   * @default `bull`
   */
  queue?: SessionsQueue | undefined;
  /**
   * How many agents one process runs at once. While the ends of their turns are written, the next ones run.
   *
   * @default 10
   */
  concurrency?: number | undefined;
  /**
   * How long one run of a turn may take.
   *
   * @default no limit
   */
  turnTimeout?: number | undefined;
  /**
   * How long a session lives after its creation or the end of its last turn.
   *
   * @default for ever
   */
  sessionTtl?: number | undefined;
  /**
   * How many sessions there may be, over all processes and owners.
   *
   * @default no limit
   */
  maxSessions?: number | undefined;
  /**
   * How long a question to a person may be pending that sets no limit of its own. Then its turn ends in error.
   *
   * @default no limit
   */
  interruptTtl?: number | undefined;
  /**
   * The version of the agent's code, recorded with what its runs record. A later run reads it as
   * `turn.recordedVersion`, so that an agent whose code has changed can branch.
   *
   * @default none
   */
  agentVersion?: string | undefined;
  /**
   * Whether clients may choose session ids with `PUT`.
   *
   * @default false
   */
  allowCustomIds?: boolean | undefined;
  /**
   * How many runs of a turn may be lost to a worker that dies before the turn ends in error.
   *
   * @default 3
   */
  maxAttempts?: number | undefined;
  /**
   * The size of a session's history, in bytes of JSON.
   *
   * @default 67,108,864 (64 MiB)
   */
  maxHistory?: number | undefined;
  /**
   * How long after the end of a turn the log keeps what its agent has streamed: deltas and own events.
   *
   * @default 600,000 (ten minutes)
   */
  deltaRetention?: number | undefined;
  /**
   * How many event streams one process serves at once; a further one ends at once, and its client connects again after 3 s.
   *
   * @default 10,000
   */
  maxStreams?: number | undefined;
  /**
   * How long one event stream lasts; its reader then connects again.
   *
   * @default 3,600,000 (one hour)
   */
  maxStreamDuration?: number | undefined;
  /**
   * How long a worker may be silent before its turns are taken over.
   *
   * @default 15,000
   */
  lease?: number | undefined;
  /**
   * How long running turns may go on when the process stops.
   *
   * @default 30,000
   */
  shutdownTimeout?: number | undefined;
  /**
   * How webhooks are signed, where they may go and how often they are tried.
   *
   * @default as WebhookOptions says
   */
  webhooks?: WebhookOptions | undefined;
  /**
   * Who a request belongs to.
   *
   * @default sessions without owners, which every request sees
   */
  owner?: OwnerResolver | undefined;
  /**
   * Called with every error of the agent.
   *
   * @default errors are logged only
   */
  onAgentError?: AgentErrorListener | undefined;
  /**
   * The roles that requests may use, in messages and in `state`; another is 422. SessionsService may use all of them.
   *
   * @default all four; with `owner` only `user`, and no `state`
   */
  clientRoles?: ChatRole[] | undefined;
  /**
   * Whether a request with a user's message that has nothing in it is 422: no `content`, image, `user_params` or tool
   * field.
   *
   * @default false
   */
  rejectEmptyMessages?: boolean | undefined;
}

/**
 * Returns the owner of a request, as a string of 1 to 255 characters that never changes: a user's or a tenant's id.
 * It runs after the guards, so the properties that they set are available. The answer is 401 if it returns undefined
 * or throws an error that is not an HttpException. The request is that of the host's HTTP adapter, Express or Fastify.
 *
 * @example
 * ```ts
 * const owner: OwnerResolver = (request: { user?: { sub: string } }) => request.user?.sub;
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only the host knows what its guards add to it
export type OwnerResolver = (request: any) => string | undefined | Promise<string | undefined>;

/** Options of `SessionsModule.forRoot`. */
export interface SessionsModuleOptions extends SessionsStructure, SessionsSettings {}

/** Makes the settings; for `useClass` and `useExisting`. */
export interface SessionsOptionsFactory {
  /** Called once, when the application starts. */
  createSessionsOptions(): SessionsSettings | Promise<SessionsSettings>;
}

/** Options of `SessionsModule.forRootAsync`: how the settings are made, and what stands beside them. */
export interface SessionsModuleAsyncOptions
  extends
    SessionsStructure,
    Omit<ConfigurableModuleAsyncOptions<SessionsSettings, 'createSessionsOptions'>, 'imports'> {
  /**
   * Modules that the agent or the factory needs.
   *
   * @default none
   */
  imports?: ModuleMetadata['imports'] | undefined;
}

/** Settings without a default: what is absent is off. */
type Limits =
  'turnTimeout' | 'sessionTtl' | 'maxSessions' | 'interruptTtl' | 'agentVersion' | 'owner' | 'onAgentError';

/** The options with every default filled in: what the module's parts receive. */
export interface ResolvedSessionsOptions
  extends
    Required<Omit<SessionsSettings, Limits | 'webhooks' | 'clientRoles' | 'rejectEmptyMessages'>>,
    Pick<SessionsSettings, Limits> {
  name: string;
  role: SessionsRole;
  webhooks: DeliverySettings;
  clients: ClientRules;
}

/** Injection token of the {@link ResolvedSessionsOptions}. */
export const SESSIONS_OPTIONS = Symbol.for('nestjs-agent-sessions:options');
