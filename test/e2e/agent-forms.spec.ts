import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module } from '@nestjs/common';

import type { Agent, AgentProvider, Turn } from '../../src/index.js';
import { type AppOptions, expressStacks, startApp } from '../support/stacks.js';

@Injectable()
class Greeter {
  greet(name: string): string {
    return `Hello, ${name}`;
  }
}

@Module({ providers: [Greeter, { provide: 'suffix', useValue: '!' }], exports: [Greeter, 'suffix'] })
class GreetingModule {}

@Injectable()
class InjectedAgent implements Agent {
  constructor(
    private readonly greeter: Greeter,
    @Inject('suffix') private readonly suffix: string,
  ) {}

  runTurn({ message }: Turn): string {
    return this.greeter.greet(message.content ?? '') + this.suffix;
  }
}

@Module({ providers: [Greeter] })
class SecretiveModule {}

@Injectable()
class PropertyAgent implements Agent {
  @Inject(Greeter) private readonly greeter!: Greeter;

  runTurn({ message }: Turn): string {
    return `${this.greeter.greet(message.content ?? '')}!`;
  }
}

class PlainAgent implements Agent {
  constructor(private readonly greeting = 'Hello') {}

  async runTurn({ message }: Turn): Promise<string> {
    return Promise.resolve(`${this.greeting}, ${message.content ?? ''}!`);
  }
}

describe.each(expressStacks)('an agent on $name', (stack) => {
  async function answerOf(agent: AgentProvider, host?: AppOptions['host']) {
    const app = await startApp(stack, { agent, host });
    try {
      return (await app.client.ask(await app.client.newSession(), 'Ada')).response?.content;
    } finally {
      await app.close();
    }
  }

  it('may be a function', async () => {
    expect(await answerOf(({ message }) => `Hello, ${message.content ?? ''}!`)).toBe('Hello, Ada!');
  });

  it('may be an instance, of a class or not', async () => {
    expect(await answerOf(new PlainAgent('Good morning'))).toBe('Good morning, Ada!');
    expect(await answerOf({ runTurn: () => 'Hello, Ada!' })).toBe('Hello, Ada!');
  });

  it('may be a class without dependencies', async () => {
    expect(await answerOf(PlainAgent)).toBe('Hello, Ada!');
  });

  it('may be a class whose dependencies are in a module of the host', async () => {
    expect(await answerOf(InjectedAgent, { imports: [GreetingModule] })).toBe('Hello, Ada!');
  });

  it('may be a class with injected properties from a module without exports', async () => {
    expect(await answerOf(PropertyAgent, { imports: [SecretiveModule] })).toBe('Hello, Ada!');
    await expect(answerOf(PropertyAgent)).rejects.toThrow(/PropertyAgent/);
  });

  it('may be a class that the host provides; that instance is used', async () => {
    const mine = new PlainAgent('The host’s own');
    const host = { providers: [{ provide: PlainAgent, useValue: mine }] };
    expect(await answerOf(PlainAgent, host)).toBe('The host’s own, Ada!');
  });

  it('with unresolvable dependencies prevents the start, and the error names them', async () => {
    await expect(answerOf(InjectedAgent)).rejects.toThrow(/InjectedAgent.*Greeter/s);
  });

  it('receives the turn’s fields', async () => {
    const turns: Turn[] = [];
    const app = await startApp(stack, {
      agent: (turn) => {
        turns.push(turn);
        return 'ok';
      },
    });
    try {
      const { client } = app;
      const id = await client.newSession({ state: [{ role: 'system', content: 'Be brief' }] });
      const { body } = await client.send(id, { content: 'Ada', user_params: { a: 1 } });
      await client.settled(id);
      expect(turns).toMatchObject([
        {
          sessionId: id,
          turnId: body.turn_id,
          attempt: 1,
          message: { role: 'user', content: 'Ada', user_params: { a: 1 } },
          history: [{ role: 'system', content: 'Be brief' }],
        },
      ]);
      expect(turns[0]?.signal.aborted).toBe(false);
    } finally {
      await app.close();
    }
  });
});
