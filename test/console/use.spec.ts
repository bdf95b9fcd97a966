import { describe, expect, it } from '@jest/globals';

import { askUser } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';
import type { ConsolePage } from './console-page.js';
import { useBrowser } from './use-console.js';

const [stack] = sqliteStacks;
if (!stack) throw new Error('No stack');

const browser = useBrowser();

/** A script: the label and text of the element with the focus, and its outline. */
const FOCUSED = `(({ activeElement: element }) => ({
  text: \`\${element.labels?.[0]?.textContent ?? ''} \${element.textContent}\`.trim(),
  outline: getComputedStyle(element).outlineStyle,
}))(document)`;

/** Colours of texts, and what they stand on. */
const PAIRS = [
  ...['--text', '--quiet', '--accent'].map((text) => [text, '--ground'] as const),
  ...['--text', '--quiet', '--accent', '--bad'].map((text) => [text, '--surface'] as const),
  ...['--good', '--warn', '--bad'].map((text) => [text, `${text}-ground`] as const),
  ['--on-accent', '--accent'] as const,
  ['--text', '--own'] as const,
];

/** The contrast of two colours (#rgb or #rrggbb), as WCAG 2 has it. */
function contrast(one: string, other: string): number {
  const [less = 0, more = 0] = [luminance(one), luminance(other)].sort((low, high) => low - high);
  return (more + 0.05) / (less + 0.05);
}

function luminance(colour: string): number {
  const digits = colour.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => Number.parseInt(digits.slice(start, start + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe('the console', () => {
  const agent = new ScriptedAgent();
  const question = agent.does(async (turn) => {
    const options = ['Blue', 'Green'].map((label) => ({ label, description: '' }));
    const { answers } = await askUser(turn, [{ question: 'Which colour?', header: 'Colour', options }]);
    return `You chose ${String(answers['Which colour?'])}.`;
  });
  const running = useApp(stack, { agent, console: true });
  const url = () => `${running.url}/console`;

  /** Presses Tab until the element with this text or label has the focus. */
  const tabTo = async ({ page }: ConsolePage, name: string) => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate<{ text: string; outline: string }>(FOCUSED);
      if (!focused.text.startsWith(name)) continue;
      expect([name, focused.outline]).toEqual([name, 'solid']);
      return;
    }
    throw new Error(`Tab does not reach ${name}`);
  };

  it('is used with the keyboard alone, and shows the focus', async () => {
    const console = await browser.openWith({}, url());
    const { keyboard } = console.page;
    await tabTo(console, 'Skip to the session');
    await tabTo(console, 'New session');
    await keyboard.press('Enter');
    await console.is('idle');
    await console.page.locator('main h2:focus').waitFor();
    await tabTo(console, 'Message');
    await keyboard.type(question);
    await keyboard.press('Enter');
    await console.page.getByLabel('Blue').waitFor();
    await keyboard.press('Shift+Tab');
    await keyboard.press('Shift+Tab');
    await keyboard.press('Shift+Tab');
    await keyboard.press('Space');
    await keyboard.press('Enter');
    await console.page.getByText('You chose Green.', { exact: true }).first().waitFor();
    await console.page.locator('textarea:focus').waitFor();

    await console.page.getByRole('tab', { name: 'Conversation' }).focus();
    await keyboard.press('ArrowRight');
    await keyboard.press('End');
    await console.page.getByRole('tabpanel', { name: 'Log' }).waitFor();
    expect(await console.page.locator('[role=tab]:focus').innerText()).toBe('Log');
    expect(console.complaints).toEqual([]);
  });

  it('goes on after an error when it is asked to', async () => {
    const id = await running.client.newSession();
    const console = await browser.openWith({}, url());
    await console.page.route(`**/sessions/${id}`, (route) => route.fulfill({ status: 500, body: 'broken' }));
    await console.page.goto(`${url()}#${id}`);
    await console.page.getByText('The server answered 500: broken').waitFor();
    await console.page.unroute(`**/sessions/${id}`);
    await console.button('Try again').click();
    await console.is('idle');
    await console.say('hello');
    await console.page.getByText('You said: hello', { exact: true }).first().waitFor();
  });

  it('fits a phone, with the list and the session on pages of their own', async () => {
    const id = await running.client.newSession();
    await running.client.send(id, 'x'.repeat(300));
    await running.client.settled(id);
    await running.client.send(id, question);
    const console = await browser.openWith({ viewport: { width: 360, height: 640 } }, url());
    const fits: boolean[] = [await console.fitsWidth()];
    await console.page.locator(`nav a[href="#${id}"]`).click();
    await console.page.getByLabel('Green').waitFor();
    expect(await console.button('New session').isVisible()).toBe(false);
    for (const tab of ['Conversation', 'Turns', 'Deliveries', 'Log']) {
      await console.openTab(tab);
      fits.push(await console.fitsWidth());
    }
    expect(fits).toEqual([true, true, true, true, true]);
    await console.page.getByRole('link', { name: 'All sessions' }).click();
    await console.button('New session').waitFor();
  });

  it.each(['light', 'dark'] as const)('has colours with enough contrast: %s', async (colorScheme) => {
    const id = await running.client.newSession();
    await running.client.send(id, 'hello');
    const console = await browser.openWith({ colorScheme }, `${url()}#${id}`);
    await console.answers.first().waitFor();
    const colour = async (name: string) =>
      console.page.evaluate<string>(`getComputedStyle(document.documentElement).getPropertyValue('${name}')`);
    const contrasts = await Promise.all(
      PAIRS.map(async ([text, ground]): Promise<[string, number]> => [
        `${text} on ${ground}`,
        contrast(await colour(text), await colour(ground)),
      ]),
    );
    // What WCAG 2 AA asks of text.
    expect(contrasts.filter(([, ratio]) => ratio < 4.5)).toEqual([]);
    const ground = await console.page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(18, 22, 29)');
  });
});
