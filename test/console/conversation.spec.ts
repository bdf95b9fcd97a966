import { describe, expect, it } from '@jest/globals';

import { Receiver } from '../support/receiver.js';
import { Gate } from '../support/gate.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { type Stack, stacks, useApp } from '../support/stacks.js';
import { ConsolePage } from './console-page.js';
import { useBrowser } from './use-console.js';

/** Each database and each HTTP adapter once. */
const STACKS = stacks.filter(({ queue, adapter }) => (queue === 'bull') === (adapter === 'express'));

const browser = useBrowser();

/** An application with the console, for the tests of a `describe`. */
function useConsole(stack: Stack) {
  const agent = new ScriptedAgent();
  const running = useApp(stack, {
    agent,
    path: 'support',
    console: true,
    base: '/support',
    // Only a redelivery comes soon after a failure.
    webhooks: { allowPrivateAddresses: true, retryDelays: [600_000] },
  });
  const open = async (hash = '') =>
    ConsolePage.open(browser.context, `${running.url}/support/console${hash}`);
  return { agent, running, open };
}

describe.each(STACKS)('a conversation in the console: $name', (stack) => {
  const { agent, running, open } = useConsole(stack);

  it('shows an answer while it streams, with tool calls and own events, and once after its end', async () => {
    const end = new Gate();
    const message = agent.does(async ({ emit }) => {
      emit({ type: 'reasoning.delta', delta: 'Two cities?' });
      emit({ type: 'tool.call', tool_call_id: 'c', name: 'get_weather', arguments: '{"city":"Paris"}' });
      emit({ type: 'tool.result', tool_call_id: 'c', content: 'sunny' });
      emit({ type: 'progress', percent: 50 });
      emit('It is ');
      emit('sun');
      await end.opened;
      emit('ny.');
      return {
        messages: [
          {
            role: 'assistant',
            content: null,
            reasoning: 'Two cities?',
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
          },
          { role: 'tool', tool_call_id: 'c', content: 'sunny' },
        ],
        response: { role: 'assistant', content: 'It is sunny.' },
      };
    });
    const console = await open();
    await console.newSession();
    await console.say(message);

    await console.page.getByText('It is sun', { exact: true }).waitFor();
    await console.is('running');
    await console.page.getByText('Tool get_weather').waitFor();
    await console.page.getByText('Event progress').waitFor();
    end.open();
    await console.is('idle');
    await console.page.getByText('It is sunny.', { exact: true }).first().waitFor();
    expect(await console.answers.allInnerTexts()).toEqual(['Reasoning', 'It is sunny.']);
    expect(await console.page.getByText('Tool get_weather').count()).toBe(1);
    expect(await console.page.getByRole('status').innerText()).toBe('Answer: It is sunny.');

    await console.page.reload();
    await console.page.getByText('It is sunny.', { exact: true }).first().waitFor();
    expect(await console.answers.allInnerTexts()).toEqual(['Reasoning', 'It is sunny.']);
    expect(console.complaints).toEqual([]);
    expect([...console.origins]).toEqual([running.url]);
  });
});

describe('a conversation in the console', () => {
  const [stack] = STACKS;
  if (!stack) throw new Error('No stack');
  const { agent, running, open } = useConsole(stack);

  it('shows what another client says, in its list as well', async () => {
    const id = await running.client.newSession();
    const console = await open(`#${id}`);
    await console.is('idle');
    await running.client.send(id, 'hello');
    await console.page.getByText('You said: hello', { exact: true }).first().waitFor();
    await console.page.locator(`nav a[href="#${id}"]`).getByText('2 messages').waitFor();
    expect(console.complaints).toEqual([]);
  });

  it('cancels a turn, and shows its times, its error and its log', async () => {
    const held = agent.holds();
    const console = await open();
    await console.newSession();
    await console.say(held.content);
    await held.started;
    await console.button('Cancel turn').click();
    await console.is('error');

    const turns = await console.openTab('Turns');
    const row = turns.getByRole('row').nth(1);
    expect(await row.innerText()).toMatch(/^1\s+cancelled\s.*\s1\s+Turn cancelled cancelled$/s);

    const log = await console.openTab('Log');
    const events = await log.locator('summary code').allInnerTexts();
    expect(events).toEqual(['turn.failed', 'turn.started', 'turn.queued']);
    await log.locator('summary').filter({ hasText: 'turn.queued' }).click();
    await log.getByText(`"content": "${held.content}"`).waitFor();
    expect(console.complaints).toEqual([]);
  });

  it('sends a message with a webhook, and redelivers it', async () => {
    const receiver = await Receiver.start();
    try {
      const url = receiver.answers('/hook', 500, 204);
      const console = await open();
      await console.newSession();
      await console.page.getByText('Webhook', { exact: true }).click();
      await console.page.getByLabel('URL that gets the result').fill(url);
      await console.say('hello');
      await console.is('idle');
      await receiver.gets('/hook');

      const deliveries = await console.openTab('Deliveries');
      await deliveries.getByText(/500 in \d+ ms/).waitFor();
      await console.button('Redeliver').click();
      await receiver.gets('/hook', 2);
      await deliveries.getByText('delivered', { exact: true }).waitFor();
      expect(console.complaints).toEqual([]);
    } finally {
      await receiver.close();
    }
  });

  it('lists sessions by status, and removes one', async () => {
    const held = agent.holds();
    const idle = await running.client.newSession();
    const busy = await running.client.newSession();
    await running.client.send(busy, held.content);
    await held.started;
    const console = await open(`#${idle}`);
    await console.page.locator(`nav a[href="#${idle}"]`).waitFor();
    await console.page.getByLabel('Status').selectOption('running');
    await console.page.locator(`nav a[href="#${idle}"]`).waitFor({ state: 'detached' });
    expect(await console.page.locator(`nav a[href="#${busy}"]`).count()).toBe(1);

    console.page.on('dialog', (dialog) => void dialog.accept());
    await console.is('idle');
    await console.button('Delete').click();
    await console.page.getByText('Choose a session').waitFor();
    expect((await running.client.get(idle)).status).toBe(404);
    held.answer('done');
  });

  it('says so when the session is deleted by another client', async () => {
    const id = await running.client.newSession();
    await running.client.ask(id, 'hello');
    const console = await open(`#${id}`);
    // What it says comes by the stream, so that this is open.
    await console.answers.first().waitFor();
    await running.client.delete(id);
    await console.page.getByText('This session was deleted.').waitFor();
  });
});
