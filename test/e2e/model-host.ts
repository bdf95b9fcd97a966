import { setTimeout } from 'node:timers/promises';

import type { Session, Turn } from '../../src/index.js';
import { TurnDispatcher } from '../../src/turns/turn-dispatcher.js';
import { TURN_STORE, type TurnStore } from '../../src/turns/turn.store.js';
import { aborted, type ScriptedAgent } from '../support/scripted-agent.js';
import { type Stack, type StackDatabase, startApp, type TestApp, uniqueName } from '../support/stacks.js';
import type { Loss } from './model-trial.js';

/** A host whose application may be stopped and started again on its database. */
export class ModelHost {
  private readonly name = uniqueName();
  private starting: Promise<TestApp> | undefined;

  constructor(
    private readonly stack: Stack,
    private readonly database: StackDatabase,
    private readonly agent: ScriptedAgent,
  ) {}

  /** The application that runs now. */
  get app(): Promise<TestApp> {
    return (this.starting ??= this.start());
  }

  async restart(): Promise<void> {
    const { app } = this;
    this.starting = app.then(async (old) => {
      await old.close();
      return this.start();
    });
    await this.starting;
    void this.offer();
  }

  /** Takes the turn away from a run. */
  async lose({ turnId, sessionId, attempt, signal }: Turn, loss: Loss): Promise<void> {
    if (loss === 'stopped') {
      void this.restart();
      // A process that stops waits for its agents, so the agent must not wait for that.
      await aborted(signal);
      return;
    }
    const { app } = await this.app;
    const turns = app.get<TurnStore>(TURN_STORE, { strict: false });
    if (await turns.requeue({ turnId, sessionId, attempt })) void this.offer();
  }

  /**
   * Offers queued turns until they have begun, as the sweeper does every two seconds. The process may still be busy with
   * the run that a turn was taken from.
   */
  private async offer(): Promise<void> {
    for (;;) {
      const { app } = await this.app;
      const turns = app.get<TurnStore>(TURN_STORE, { strict: false });
      const queued = await turns.queued(10, -1_000).catch(() => undefined);
      if (queued?.length === 0) return;
      for (const id of queued ?? []) app.get(TurnDispatcher, { strict: false }).dispatch(id);
      await setTimeout(10);
    }
  }

  /** The session once it waits for a person or its turn has ended. */
  async settled(id: string): Promise<Session> {
    for (;;) {
      const { client } = await this.app;
      // A process that stops answers with the state as it is, or no longer.
      const answer = await client.get(id, '?wait=true&timeout=10').catch(() => undefined);
      if (answer?.status === 200 && answer.body.status !== 'running') return answer.body;
    }
  }

  async remove(): Promise<void> {
    await (await this.app).close();
    await this.database.remove();
  }

  private start(): Promise<TestApp> {
    return startApp(this.stack, { agent: this.agent, name: this.name, database: this.database, lease: 150 });
  }
}
