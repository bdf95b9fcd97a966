import type { Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

import { AGENT } from '../../agents/agent.js';
import { AgentHost } from '../../agents/agent-host.js';
import type { SessionsStructure } from '../../options/sessions-structure.js';
import { SESSIONS_STRUCTURE } from '../tokens.js';

/** The agent, in any of its forms. */
export const agentProviders: Provider[] = [
  {
    provide: AGENT,
    useFactory: ({ agent }: SessionsStructure, moduleRef: ModuleRef) => new AgentHost(agent, moduleRef),
    inject: [SESSIONS_STRUCTURE, ModuleRef],
  },
];
