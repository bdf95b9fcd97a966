import { describe, expect, it } from '@jest/globals';

import { askUser, requireApproval } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';
import { ConsolePage } from './console-page.js';
import { useBrowser } from './use-console.js';

const [stack] = sqliteStacks;
if (!stack) throw new Error('No stack');

const browser = useBrowser();

const OPTIONS = [
  { label: 'Blue', description: 'Like the sea' },
  { label: 'Green', description: 'Like the woods' },
];

describe('questions in the console', () => {
  const agent = new ScriptedAgent();
  const running = useApp(stack, { agent, console: true });
  const begin = async (content: string): Promise<ConsolePage> => {
    const console = await ConsolePage.open(browser.context, `${running.url}/console`);
    await console.newSession();
    await console.say(content);
    await console.is('interrupted');
    return console;
  };
  /** What the agent got, as it is the answer. */
  const got = async (console: ConsolePage): Promise<unknown> => {
    await console.is('idle');
    expect(console.complaints).toEqual([]);
    return JSON.parse(await console.answers.last().innerText());
  };

  it('a call of a tool is approved or rejected, with a reason', async () => {
    const call = { toolName: 'refund', toolArgs: { amount: 5 } };
    const message = agent.does(async (turn) => JSON.stringify(await requireApproval(turn, call)));
    const console = await begin(message);
    await console.page.getByText('"amount": 5').waitFor();
    await console.page.getByLabel('Reason (optional)').fill('too much');
    await console.button('Reject').click();
    expect(await got(console)).toEqual({ approved: false, reason: 'too much' });
    await console.page.locator('textarea:focus').waitFor();

    await console.say(message);
    await console.button('Approve').click();
    await console.page.getByText('{"approved":true}', { exact: true }).last().waitFor();
  });

  it('an option is chosen, several, or a text of one’s own', async () => {
    const message = agent.does(async (turn) =>
      JSON.stringify(
        await askUser(turn, [
          { question: 'Which one?', header: 'One', options: OPTIONS },
          { question: 'Which ones?', header: 'More', multiSelect: true, options: OPTIONS },
          { question: 'What else?', header: 'Other', options: OPTIONS },
        ]),
      ),
    );
    const console = await begin(message);
    await console.button('Answer').click();
    await console.page.getByText('Answer the question: Which one?').waitFor();
    const question = (name: RegExp) => console.page.getByRole('group', { name });
    await question(/Which one\?/)
      .getByLabel('Green')
      .check();
    await question(/Which ones\?/)
      .getByLabel('Blue')
      .check();
    await question(/Which ones\?/)
      .getByLabel('Green')
      .check();
    await question(/Which ones\?/)
      .getByLabel('Another answer')
      .fill('Red');
    await question(/What else\?/)
      .getByLabel('Blue')
      .check();
    await question(/What else\?/)
      .getByLabel('Or an answer of your own')
      .fill('Nothing');
    await console.button('Answer').click();
    expect(await got(console)).toEqual({
      answers: { 'Which one?': 'Green', 'Which ones?': ['Blue', 'Green', 'Red'], 'What else?': 'Nothing' },
    });
  });

  it('any other question is answered with JSON, and one by one where there are several', async () => {
    const message = agent.does(async ({ interrupt }) =>
      JSON.stringify(
        await Promise.all([
          interrupt({ type: 'size', unit: 'cm' }, { schema: { type: 'number' } }),
          interrupt({ type: 'colour' }),
        ]),
      ),
    );
    const console = await begin(message);
    const size = console.page.getByRole('region', { name: 'Question: size' });
    await size.getByText('"unit": "cm"').waitFor();
    await size.getByLabel('Answer as JSON').fill('five');
    await size.getByRole('button', { name: 'Answer' }).click();
    await console.page.getByText('The answer must be JSON').waitFor();
    await size.getByLabel('Answer as JSON').fill('"five"');
    await size.getByRole('button', { name: 'Answer' }).click();
    await console.page.getByRole('alert').getByText('must be number').waitFor();
    // The browser itself logs a 422 as an error.
    expect(console.complaints.splice(0)).toEqual([expect.stringContaining('422')]);
    await size.getByLabel('Answer as JSON').fill('5');
    await size.getByRole('button', { name: 'Answer' }).click();
    await size.waitFor({ state: 'detached' });
    await console.page.getByLabel('Answer as JSON').fill('{"name":"red"}');
    await console.button('Answer').click();
    expect(await got(console)).toEqual([5, { name: 'red' }]);
  });
});
