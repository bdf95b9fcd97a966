import type { Type } from '@nestjs/common';
import { fileURLToPath } from 'node:url';

import type { Agent } from '../../agents/agent.js';
import { type AgentProvider, isAgentClass, toAgent } from '../../agents/agent-provider.js';
import { inChildProcess } from '../../agents/isolation/child-process.js';
import { ISOLATED, type IsolatableAgent } from '../../agents/isolation/isolatable.js';
import type { AgentTransport } from '../../agents/protocol/transport.js';
import type { LogOptions } from './server-logger.js';

const AGENT_PROCESS = fileURLToPath(new URL('agent-process.js', import.meta.url));

/** Nest's metadata keys for constructor and property injection. */
const INJECTION = ['design:paramtypes', 'self:paramtypes', 'self:properties_metadata'];

/** The agent of a file, with the additional ability to run a turn in a child process that loads the file again. */
export function isolatable(
  agent: AgentProvider,
  file: string,
  { logLevel, logFormat }: LogOptions,
): AgentProvider {
  const isolated = inChildProcess({ file: AGENT_PROCESS, args: [file, logLevel, logFormat] });
  if (isAgentClass(agent)) return wantsInjection(agent) ? agent : isolatableClass(agent, isolated);
  const inProcess = toAgent(agent);
  const both: IsolatableAgent = {
    runTurn: (turn) => inProcess.runTurn(turn),
    [ISOLATED]: isolated,
  };
  return both;
}

function isolatableClass(agentClass: Type<Agent>, isolated: AgentTransport): Type<IsolatableAgent> {
  return class extends agentClass implements IsolatableAgent {
    readonly [ISOLATED] = isolated;
  };
}

/** Another process could not inject the dependencies. */
function wantsInjection(agentClass: Type<Agent>): boolean {
  return INJECTION.some((key) => ((Reflect.getMetadata(key, agentClass) ?? []) as unknown[]).length > 0);
}
