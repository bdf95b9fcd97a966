import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { BUILT } from '../../support/cli.js';
import { bundled } from '../../support/programs.js';
import { Terminal, TERMINAL_TIMEOUT_MS } from '../../support/terminal.js';
import { useServer } from '../use-server.js';
import { ASKING } from './asking-agent.js';

describe('chat in a terminal', () => {
  const running = useServer({ agent: ASKING });
  let terminal: Terminal;
  beforeEach(async () => {
    terminal = await Terminal.open();
  }, TERMINAL_TIMEOUT_MS);
  afterEach(() => terminal.close());

  const command = (...args: string[]) =>
    [process.execPath, bundled(BUILT), 'chat', running.server.url, ...args].join(' ');

  const count = async () => (await running.client.list()).body.length;

  it('shows a prompt, answers, and leaves at the end of input', async () => {
    await terminal.types(command());
    await terminal.shows(/^> ?$/m);
    await terminal.types('grüß dich 👋');
    await terminal.shows(/^You said: grüß dich 👋\n> ?$/m);
    await terminal.types('');
    await terminal.shows(/^> ?\n> ?$/m);
    await terminal.presses('C-d');
    await terminal.shows(/^\$ ?$/m);
    await terminal.types('echo "code $?"');
    await terminal.shows('code 0');
    expect(await count()).toBe(0);
  });

  it('leaves at Ctrl+C, and cancels a turn first', async () => {
    await terminal.types(command());
    await terminal.shows(/^> ?$/m);
    await terminal.types('slow');
    await terminal.shows('> slow');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await terminal.presses('C-c');
    await terminal.shows(/Cancelling the turn.*\nThe turn ended in an error: Turn cancelled\n> ?$/m);
    await terminal.types('hello');
    await terminal.shows(/^You said: hello\n> ?$/m);
    await terminal.presses('C-c');
    await terminal.types('echo "code $?"');
    await terminal.shows('code 0');
    expect(await count()).toBe(0);
  });

  it('asks questions, and cancels the turn at Ctrl+C instead of an answer', async () => {
    await terminal.types(command());
    await terminal.types('refund');
    await terminal.shows('Allow it? [y/N]');
    await terminal.types('y');
    await terminal.shows('{"approved":true}');
    await terminal.types('ask');
    await terminal.shows('Number:');
    await terminal.presses('C-c');
    await terminal.shows(/Turn cancelled\n> ?$/m);
    await terminal.presses('C-d');
  });

  it('sends each line that is pasted', async () => {
    await terminal.types(command());
    await terminal.shows(/^> ?$/m);
    await terminal.pastes('one\ntwo\nthr');
    await terminal.shows(/You said: one\n[^]*You said: two\n> thr$/);
    await terminal.types('ee');
    await terminal.shows(/You said: three\n> ?$/);
    await terminal.presses('C-d');
  });

  it('finds earlier messages with the arrow keys', async () => {
    await terminal.types(command());
    await terminal.shows(/^> ?$/m);
    await terminal.types('first');
    await terminal.shows(/^You said: first\n> ?$/m);
    await terminal.presses('Up', 'Enter');
    await terminal.shows(/You said: first\n> first\nYou said: first\n> ?$/m);
    await terminal.presses('C-d');
  });

  it.each([
    ['in colours', '', true],
    ['without colours if NO_COLOR is set', 'NO_COLOR=1 ', false],
    ['without colours on a dumb terminal', 'TERM=dumb ', false],
  ])('tells of an error %s', async (_, environment, isColoured) => {
    await terminal.types(environment + command('fail'));
    await terminal.shows('It fails on request');
    const shown = await terminal.shown({ colours: true });
    expect(shown.includes('\u001b[31mThe turn ended in an error')).toBe(isColoured);
  });

  it('shows no control characters of an answer', async () => {
    await terminal.types(command(String.raw`"$(printf 'a\033[31mb')"`));
    await terminal.shows('You said: a[31mb');
  });

  it('works in a narrow window', async () => {
    await terminal.close();
    terminal = await Terminal.open({ width: 24, height: 40 });
    await terminal.types(command());
    await terminal.shows(/^> ?$/m);
    await terminal.types('a message that is longer than the window is wide, 漢字も');
    await terminal.shows(/^> ?$/m);
    const shown = (await terminal.shown()).replaceAll('\n', '');
    expect(shown).toContain('You said: a message that is longer than the window is wide, 漢字も');
    await terminal.types('ask');
    await terminal.shows(/^Number: ?$/m);
    await terminal.presses('C-c');
    await terminal.presses('C-d');
  });
});
