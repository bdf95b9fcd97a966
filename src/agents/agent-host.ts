import { type OnModuleInit, Scope, type Type } from '@nestjs/common';
import { type ModuleRef, ModulesContainer } from '@nestjs/core';

import type { Agent } from './agent.js';
import { dependenciesOf, type Dependency, type Token } from './agent-dependencies.js';
import { type AgentProvider, isAgentClass, toAgent } from './agent-provider.js';
import { ISOLATED, isIsolatable } from './isolation/isolatable.js';
import { inProcess } from './protocol/agent-run.js';
import type { AgentTransport } from './protocol/transport.js';

/** Nest's metadata key for the scope of a class. */
const SCOPE_OPTIONS = 'scope:options';

/** The host's agent in any of its forms. A class is resolved once the host's providers exist. */
export class AgentHost implements OnModuleInit {
  private transports: { inProcess: AgentTransport; isolated?: AgentTransport } | undefined;

  constructor(
    private readonly given: AgentProvider,
    private readonly moduleRef: ModuleRef,
  ) {}

  async onModuleInit(): Promise<void> {
    const agent = isAgentClass(this.given) ? await this.resolve(this.given) : toAgent(this.given);
    this.transports = {
      inProcess: inProcess(agent),
      isolated: isIsolatable(agent) ? agent[ISOLATED] : undefined,
    };
  }

  /** The transport for runs in this process. */
  get inProcess(): AgentTransport {
    if (!this.transports) {
      throw new Error('The agent is not there yet: the application has not been initialised');
    }
    return this.transports.inProcess;
  }

  /** The transport for runs in a child process; undefined if the agent does not support it. */
  get isolated(): AgentTransport | undefined {
    return this.transports?.isolated;
  }

  /** The host's own provider of the class; otherwise a new instance, with dependencies from any module of the host. */
  private async resolve(agentClass: Type<Agent>): Promise<Agent> {
    const scope = this.scopeOf(agentClass);
    const made = scope === undefined ? agentClass : this.classThatHostMakes(agentClass);
    const dependencies = made && dependenciesOf(made);
    for (const { token } of Object.values(dependencies?.properties ?? {}).concat(
      dependencies?.parameters ?? [],
    )) {
      if (this.scopeOf(token) === Scope.REQUEST) throw requestScoped(agentClass, token);
    }
    const own = Reflect.getMetadata(SCOPE_OPTIONS, agentClass) as { scope?: Scope } | undefined;
    if (scope === Scope.REQUEST || own?.scope === Scope.REQUEST) throw requestScoped(agentClass);
    if (scope !== undefined) return (await this.find(agentClass)) as Agent;
    try {
      return await this.moduleRef.create(agentClass);
    } catch (error) {
      // The sessions module cannot resolve it; another module of the host may.
      const { parameters, properties } = dependenciesOf(agentClass);
      const given = await this.findAll(parameters, error);
      const fields = await this.findAll(Object.values(properties), error);
      return Object.assign(
        new agentClass(...given),
        Object.fromEntries(Object.keys(properties).map((key, index) => [key, fields[index]])),
      );
    }
  }

  /** The dependencies, in order. Throws `missing` if the host does not provide one of them. */
  private async findAll(dependencies: Dependency[], missing: unknown): Promise<unknown[]> {
    const found = [];
    for (const { token, isOptional } of dependencies) {
      if (this.scopeOf(token) === undefined && !isOptional) throw missing;
      found.push(this.scopeOf(token) === undefined ? undefined : await this.find(token));
    }
    return found;
  }

  private async find(token: Token): Promise<unknown> {
    return this.scopeOf(token) === Scope.TRANSIENT
      ? await this.moduleRef.resolve<unknown>(token, undefined, { strict: false })
      : this.moduleRef.get<unknown>(token, { strict: false });
  }

  /** The scope of a provider of the host; undefined if there is none. */
  private scopeOf(token: Token): Scope | undefined {
    try {
      return this.moduleRef.introspect(token).scope;
    } catch {
      return undefined;
    }
  }

  /** The class from which Nest creates the host's provider; undefined if the host uses a factory. */
  private classThatHostMakes(token: Type<Agent>): Type | undefined {
    const modules = this.moduleRef.get(ModulesContainer, { strict: false });
    for (const { providers } of modules.values()) {
      const provider = providers.get(token);
      if (provider?.metatype && !provider.inject && !provider.isNotMetatype) return provider.metatype as Type;
    }
    return undefined;
  }
}

function requestScoped({ name }: Type<Agent>, token?: Token): Error {
  const cause =
    token === undefined ? 'it is request-scoped' : `it depends on ${nameOf(token)}, which is request-scoped`;
  return new Error(
    `The agent ${name} cannot be used, because ${cause}: turns run outside of requests. Take what a turn needs to ` +
      'know from turn.owner, turn.metadata or its message.',
  );
}

function nameOf(token: Token): string {
  return typeof token === 'function' ? token.name : String(token);
}
