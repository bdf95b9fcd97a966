import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';

import type { AgentProvider } from '../agents/agent-provider.js';

/** Which part of the work a process does: serve requests, run turns, or both. */
export type SessionsRole = 'all' | 'api' | 'worker';

/** What decides how the module is put together, and so must be known before anything is injected. */
export interface SessionsStructure {
  /** Answers the messages. */
  agent: AgentProvider;
  /**
   * Route prefix: `support` serves `/support/sessions`.
   *
   * @default none
   */
  path?: string | undefined;
  /**
   * Tells modules of one app or one database apart.
   *
   * @default `path`, else `default`
   */
  name?: string | undefined;
  /**
   * The name of the TypeORM data source to use.
   *
   * @default TypeORM's default one
   */
  dataSource?: string | undefined;
  /**
   * The `configKey` of the BullModule configuration to use.
   *
   * @default the one without a key
   */
  bullConfigKey?: string | undefined;
  /**
   * Which part of the work the process does.
   *
   * @default `all`
   */
  role?: SessionsRole | undefined;
  /**
   * Whether to mount the routes. Without them SessionsService is all that there is, and `@nestjs/swagger` and
   * `class-transformer` are not needed.
   *
   * @default true
   */
  http?: boolean | undefined;
  /**
   * Whether to mount `/health`.
   *
   * @default false
   */
  health?: boolean | undefined;
  /**
   * Whether to mount `/ag-ui`, for AG-UI clients: HttpAgent, CopilotKit, assistant-ui.
   *
   * @default false
   */
  agUi?: boolean | undefined;
  /**
   * Whether to mount `/ai-sdk`, for the AI SDK's `useChat`.
   *
   * @default false
   */
  aiSdk?: boolean | undefined;
  /**
   * Whether to serve the console, a page for people, at `/console` beside `/sessions`.
   *
   * @default false
   */
  console?: boolean | undefined;
  /**
   * Guards of all the module's controllers.
   *
   * @default none
   */
  guards?: (Type<CanActivate> | CanActivate)[] | undefined;
  /**
   * Modules that the agent or the factory needs.
   *
   * @default none
   */
  imports?: ModuleMetadata['imports'] | undefined;
  /**
   * Whether the module's exports are available everywhere without importing it.
   *
   * @default false
   */
  isGlobal?: boolean | undefined;
}
