import type { Type } from '@nestjs/common';

import type { Agent, AgentFunction } from './agent.js';

/**
 * An agent as a host gives it: a class that Nest's injection resolves, an instance or a function.
 *
 * @example
 * ```ts
 * const agent: AgentProvider = ({ message }) => `You said: ${message.content}`;
 * SessionsModule.forRoot({ agent, queue: 'in-process' });
 * ```
 */
export type AgentProvider = Type<Agent> | Agent | AgentFunction;

/** Whether a value is one of the three forms of an agent. */
export function isAgent(value: unknown): value is AgentProvider {
  return typeof value === 'function' ? !isClass(value) || hasRunTurn(value.prototype) : hasRunTurn(value);
}

/** A class cannot be called as a function, and only its source text distinguishes the two. */
function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

/** Whether Nest's injection must create the agent. */
export function isAgentClass(agent: AgentProvider): agent is Type<Agent> {
  return typeof agent === 'function' && hasRunTurn(agent.prototype);
}

/** The agent, if it is not a class. */
export function toAgent(agent: Exclude<AgentProvider, Type<Agent>>): Agent {
  return typeof agent === 'function' ? { runTurn: agent } : agent;
}

function hasRunTurn(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'runTurn' in value && typeof value.runTurn === 'function'
  );
}
