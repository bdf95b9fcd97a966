import type { OnModuleInit, Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';

import type { Agent, Turn, TurnOutput } from './agent.js';
import { type AgentProvider, isAgentClass, toAgent } from './agent-provider.js';
import { isIsolatable, RUN_ISOLATED } from './isolation/run-isolated.js';

/** Nest's metadata of constructor parameters: their types, and the tokens that `@Inject` put in place of some. */
const PARAMETER_TYPES = 'design:paramtypes';
const INJECTED_PARAMETERS = 'self:paramtypes';
/** And of properties with `@Inject`. */
const INJECTED_PROPERTIES = 'self:properties_metadata';

interface Dependencies {
  parameters: unknown[];
  properties: Record<string, unknown>;
}

/** The host's agent, in whichever form it was given. A class is resolved once the host's providers exist. */
export class AgentHost implements Agent, OnModuleInit {
  private agent: Agent | undefined;

  constructor(
    private readonly given: AgentProvider,
    private readonly moduleRef: ModuleRef,
  ) {}

  async onModuleInit(): Promise<void> {
    this.agent = isAgentClass(this.given) ? await this.resolve(this.given) : toAgent(this.given);
  }

  runTurn(turn: Turn): Promise<TurnOutput> | TurnOutput {
    if (!this.agent) throw new Error('The agent is not there yet: the application has not been initialised');
    return this.agent.runTurn(turn);
  }

  /** Whether it can run a turn in a process of its own. */
  get isolates(): boolean {
    return this.agent !== undefined && isIsolatable(this.agent);
  }

  /** Runs the turn in a process of its own; undefined where the agent cannot be run in one. */
  runIsolated(turn: Turn): Promise<TurnOutput> | undefined {
    return this.agent && isIsolatable(this.agent) ? this.agent[RUN_ISOLATED](turn) : undefined;
  }

  /** The host's own provider of the class; else an instance, with dependencies from wherever the host has them. */
  private async resolve(agentClass: Type<Agent>): Promise<Agent> {
    try {
      return this.moduleRef.get<Agent>(agentClass, { strict: false });
    } catch {
      // Not a provider of the host's.
    }
    try {
      return await this.moduleRef.create(agentClass);
    } catch (error) {
      const dependencies = this.findDependencies(agentClass);
      if (!dependencies) throw error;
      return Object.assign(new agentClass(...dependencies.parameters), dependencies.properties);
    }
  }

  private findDependencies(agentClass: Type<Agent>): Dependencies | undefined {
    const types = (Reflect.getMetadata(PARAMETER_TYPES, agentClass) ?? []) as Type[];
    const injected = (Reflect.getMetadata(INJECTED_PARAMETERS, agentClass) ?? []) as {
      index: number;
      param: string | symbol | Type;
    }[];
    const properties = (Reflect.getMetadata(INJECTED_PROPERTIES, agentClass) ?? []) as {
      key: string;
      type: string | symbol | Type;
    }[];
    const find = (token: string | symbol | Type) => this.moduleRef.get<unknown>(token, { strict: false });
    try {
      return {
        parameters: types.map((type, index) =>
          find(injected.find((parameter) => parameter.index === index)?.param ?? type),
        ),
        properties: Object.fromEntries(properties.map(({ key, type }) => [key, find(type)])),
      };
    } catch {
      return undefined;
    }
  }
}
