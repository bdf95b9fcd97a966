import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, type TestApp } from '../support/stacks.js';
import { until } from '../support/until.js';
import { AG_UI_CLIENTS, type AgUiAgent } from './ag-ui-clients.js';
import { AI_SDK_CLIENTS, type ListedMessage } from './ai-sdk-clients.js';
import { CuttingNetwork } from './cutting-fetch.js';
import { ANSWER, streamsSlowly, WORDS } from './streaming-agent.js';
import { startUiApp } from './ui-app.js';

/** Numbers of bytes after which the responses of one page are cut. */
const cuts = fc.array(fc.integer({ min: 1, max: 6_000 }), { minLength: 1, maxLength: 3 });
const RUNS = { numRuns: 6 };

const agent = new ScriptedAgent();

describe.each(expressStacks)('no word is lost or shown twice on $name', (stack) => {
  let app: TestApp;
  beforeAll(async () => void (app = await startUiApp(stack, { agent })));
  afterAll(() => app.close());

  describe.each(AG_UI_CLIENTS)('by AG-UI $version', ({ HttpAgent }) => {
    const open = (threadId: string, fetcher?: typeof fetch): AgUiAgent =>
      new HttpAgent({ url: `${app.url}/ag-ui`, threadId, fetch: fetcher });

    const expectWhole = ({ messages }: AgUiAgent, content: string) => {
      expect(messages).toMatchObject([
        { role: 'user', content },
        { role: 'assistant', content: WORDS.slice(0, 20).join(''), toolCalls: [{ id: 'c1' }] },
        { role: 'tool', toolCallId: 'c1', content: 'blue' },
        { role: 'assistant', content: WORDS.slice(20).join('') },
      ]);
      expect(messages).toHaveLength(4);
    };

    it('when the page runs again after each cut', async () => {
      await fc.assert(
        fc.asyncProperty(cuts, async (places) => {
          const turn = streamsSlowly(agent);
          turn.go();
          // A body that fails would also be an unhandled rejection in the client.
          const page = open(randomUUID(), new CuttingNetwork([...places], true).fetch);
          page.addMessage({ id: randomUUID(), role: 'user', content: turn.content });
          for (let runs = 0; runs <= places.length; runs++) await page.runAgent().catch(() => undefined);
          expectWhole(page, turn.content);
        }),
        RUNS,
      );
    });

    it('when a page is loaded in the middle', async () => {
      const turn = streamsSlowly(agent);
      const thread = randomUUID();
      const page = open(thread);
      page.addMessage({ id: randomUUID(), role: 'user', content: turn.content });
      const run = page.runAgent();
      await turn.half;
      const loaded = open(thread);
      const attached = loaded.runAgent();
      await until(() => loaded.messages.length > 0, { what: 'the snapshot' });
      turn.go();
      await Promise.all([run, attached]);
      expectWhole(page, turn.content);
      expectWhole(loaded, turn.content);
      expect(loaded.messages.map(({ id }) => id)).toEqual(page.messages.map(({ id }) => id));
    });
  });

  describe.each(AI_SDK_CLIENTS)('by the AI SDK $version', (client) => {
    const open = (id: string, messages: ListedMessage[], fetcher?: typeof fetch) =>
      client.newChat({ api: `${app.url}/ai-sdk`, id, messages, fetch: fetcher });

    const load = async (id: string) =>
      (await (await fetch(`${app.url}/ai-sdk/${id}/messages`)).json()) as ListedMessage[];

    const expectWhole = (messages: ListedMessage[]) => {
      expect(messages).toHaveLength(2);
      const parts = messages[1]?.parts ?? [];
      expect(parts.map(({ type }) => type)).toEqual([
        'step-start',
        'text',
        'dynamic-tool',
        'step-start',
        'text',
      ]);
      expect(parts.flatMap(({ type, text }) => (type === 'text' ? [text] : [])).join('')).toBe(ANSWER);
      expect(parts[2]).toMatchObject({ toolName: 'look', state: 'output-available', output: 'blue' });
    };

    it('when the page resumes after each cut, or loads again if the turn has ended', async () => {
      await fc.assert(
        fc.asyncProperty(cuts, async (places) => {
          const turn = streamsSlowly(agent);
          turn.go();
          const id = randomUUID();
          const network = new CuttingNetwork([...places]);
          const chat = open(id, [], network.fetch);
          await chat.sendMessage({ text: turn.content });
          while (chat.status === 'error') await chat.resumeStream();
          // 204: the turn has ended in between.
          if (network.lastStatus === 200) expectWhole(chat.messages);
          const recorded = await load(id);
          await app.client.settled(recorded[0] ? sessionOf(recorded[0]) : '');
          expectWhole(await load(id));
        }),
        RUNS,
      );
    });

    it('when a page is loaded in the middle', async () => {
      const turn = streamsSlowly(agent);
      const id = randomUUID();
      const chat = open(id, []);
      const sent = chat.sendMessage({ text: turn.content });
      await turn.half;
      const loaded = open(id, await load(id));
      const resumed = loaded.resumeStream();
      await until(() => loaded.messages.length === 2, { what: 'the stream' });
      turn.go();
      await Promise.all([sent, resumed]);
      expectWhole(chat.messages);
      expectWhole(loaded.messages);
      const recorded = await load(id);
      expectWhole(recorded);
      expect(loaded.messages.map((message) => message.id)).toEqual(recorded.map((message) => message.id));
    });
  });
});

function sessionOf({ metadata }: ListedMessage): string {
  return (metadata as { session_id: string }).session_id;
}
