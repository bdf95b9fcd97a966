import { afterEach, describe, expect, it } from '@jest/globals';
import {
  forwardRef,
  Inject,
  Injectable,
  Module,
  Optional,
  type Provider,
  Scope,
  type Type,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';

import type { Agent, AgentProvider } from '../../src/index.js';
import { sqliteStacks, startApp, type TestApp } from '../support/stacks.js';

class Greeter {
  constructor(readonly greeting = 'Hello') {}
}

/** A class compiled without decorator metadata: its decorators run, its types are unknown. */
function withoutMetadata(agentClass: Type<Agent>, ...decorators: ((target: Type) => void)[]): Type<Agent> {
  for (const decorate of decorators) decorate(agentClass);
  return agentClass;
}
const parameter = (index: number, decorator: ParameterDecorator) => (target: Type) => {
  decorator(target, undefined, index);
};
const property = (key: string, decorator: PropertyDecorator) => (target: Type) => {
  decorator(target.prototype as object, key);
};

const greetingAgent = () =>
  class GreetingAgent implements Agent {
    constructor(private readonly greeter: Greeter) {}
    runTurn() {
      return String((this.greeter as Greeter | undefined)?.greeting);
    }
  };
const propertyAgent = () =>
  class PropertyAgent implements Agent {
    greeter?: Greeter;
    runTurn() {
      return String(this.greeter?.greeting);
    }
  };

@Module({ providers: [Greeter], exports: [Greeter] })
class GreetingModule {}

const [stack] = sqliteStacks;

/** The creation of an agent does not depend on the stack. */
describe('an agent class', () => {
  let app: TestApp | undefined;
  afterEach(() => app?.close());

  async function answerOf(agent: AgentProvider, providers: Provider[] = []): Promise<unknown> {
    if (!stack) throw new Error('There is no stack');
    app = undefined;
    app = await startApp(stack, { agent, host: { imports: [GreetingModule], providers } });
    return (await app.client.ask(await app.client.newSession(), 'Ada')).response?.content;
  }

  describe('that was compiled without decorator metadata', () => {
    it('gets dependencies named with @Inject(Token)', async () => {
      const byParameter = withoutMetadata(greetingAgent(), Injectable(), parameter(0, Inject(Greeter)));
      expect(await answerOf(byParameter)).toBe('Hello');
      await app?.close();
      const forward = withoutMetadata(greetingAgent(), parameter(0, Inject(forwardRef(() => Greeter))));
      expect(await answerOf(forward)).toBe('Hello');
      await app?.close();
      expect(await answerOf(withoutMetadata(propertyAgent(), property('greeter', Inject(Greeter))))).toBe(
        'Hello',
      );
    });

    it('may mark dependencies as optional', async () => {
      const agent = withoutMetadata(greetingAgent(), parameter(0, Inject('none')), parameter(0, Optional()));
      expect(await answerOf(agent)).toBe('undefined');
    });

    it.each([
      ['of a parameter', greetingAgent, [Injectable()], 'parameter 1 of its constructor'],
      [
        'of a parameter with @Inject()',
        greetingAgent,
        [parameter(0, Inject())],
        'parameter 1 of its constructor',
      ],
      [
        'of a property with @Inject()',
        propertyAgent,
        [property('greeter', Inject())],
        'its property greeter',
      ],
    ])('without @Inject(Token) prevents the start: %s', async (_of, make, decorators, what) => {
      const agent = withoutMetadata(make(), ...(decorators as ((target: Type) => void)[]));
      const error = new RegExp(`The agent ${agent.name} cannot be made.* ${what} .*@Inject\\(Token\\)`, 's');
      await expect(answerOf(agent)).rejects.toThrow(error);
    });

    it('without @Inject(Token) in a provider of the host prevents the start, too', async () => {
      const agent = withoutMetadata(greetingAgent(), Injectable());
      await expect(answerOf(agent, [agent])).rejects.toThrow('The agent GreetingAgent cannot be made');
    });

    it('may have any constructor if the host creates it', async () => {
      const agent = greetingAgent();
      const provider = { provide: agent, useFactory: () => new agent(new Greeter('Good morning')) };
      expect(await answerOf(agent, [provider])).toBe('Good morning');
    });
  });

  describe('that is request-scoped', () => {
    const request = greetingAgent();
    Injectable({ scope: Scope.REQUEST })(request);
    Inject(Greeter)(request, undefined, 0);
    const dependent = withoutMetadata(greetingAgent(), Injectable(), parameter(0, Inject(REQUEST)));

    it.each([
      ['because it says so', request, 'because it is request-scoped'],
      ['because it wants the request', dependent, 'because it depends on REQUEST, which is request-scoped'],
    ])('is refused with the reason: %s', async (_why, agent, cause) => {
      await expect(answerOf(agent)).rejects.toThrow(cause);
      await expect(answerOf(agent, [agent])).rejects.toThrow(cause);
    });
  });

  it('that is transient is created once', async () => {
    const transient = withoutMetadata(
      propertyAgent(),
      Injectable({ scope: Scope.TRANSIENT }),
      property('greeter', Inject(Greeter)),
    );
    expect(await answerOf(transient, [transient, Greeter])).toBe('Hello');
  });
});
