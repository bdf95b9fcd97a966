import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, type TestApp } from '../support/stacks.js';
import { AG_UI_CLIENTS } from './ag-ui-clients.js';
import { AI_SDK_CLIENTS } from './ai-sdk-clients.js';
import { startUiApp } from './ui-app.js';

const agent = new ScriptedAgent();

const ends: [string, { maxStreamDuration?: number }, (app: TestApp) => Promise<void>][] = [
  ['the process stops', {}, (app) => app.close()],
  ['a stream has lasted for long enough', { maxStreamDuration: 300 }, () => Promise.resolve()],
];

describe.each(expressStacks)('on $name', (stack) => {
  it.each(ends)(
    'a stream that ends because %s says that the turn has not ended',
    async (_why, options, end) => {
      const app = await startUiApp(stack, { agent, ...options });
      try {
        const errors: unknown[] = [];
        const runs = AG_UI_CLIENTS.map(async ({ HttpAgent }) => {
          const held = agent.holds();
          const page = new HttpAgent({ url: `${app.url}/ag-ui`, threadId: randomUUID() });
          page.subscribe({ onRunErrorEvent: ({ event }: { event: unknown }) => void errors.push(event) });
          page.addMessage({ id: randomUUID(), role: 'user', content: held.content });
          const run = page.runAgent().catch(() => undefined);
          await held.started;
          return { run };
        });
        const chats = AI_SDK_CLIENTS.map((client) => client.newChat({ api: `${app.url}/ai-sdk` }));
        const sent = chats.map(async (chat) => {
          const held = agent.holds();
          const run = chat.sendMessage({ text: held.content });
          await held.started;
          return { run };
        });
        const started = await Promise.all([...runs, ...sent]);
        await end(app);
        await Promise.all(started.map(({ run }) => run));
        expect(errors).toMatchObject(AG_UI_CLIENTS.map(() => ({ code: 'stream_closed' })));
        expect(chats.map(({ status }) => status)).toEqual(chats.map(() => 'error'));
      } finally {
        await app.close();
      }
    },
  );
});
