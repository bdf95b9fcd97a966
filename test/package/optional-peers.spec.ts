import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const folder = import.meta.dirname;
const OPTIONAL = ['@nestjs/event-emitter', '@nestjs/terminus', '@opentelemetry/api'];

/** The output of the host on one build of the package, without some packages. */
async function runHost(half: string, without: string[]): Promise<{ stdout: string; stderr: string }> {
  const program = [
    '--no-warnings',
    '--require',
    join(folder, 'without.cjs'),
    join(folder, 'optional-peers.mjs'),
    half,
  ];
  const env = { ...process.env, WITHOUT: without.join(',') };
  return promisify(execFile)(process.execPath, program, { env, timeout: 25_000 });
}

describe.each(['esm', 'cjs'])('a host that uses the %s build', (half) => {
  it('works without the optional packages', async () => {
    const { stdout, stderr } = await runHost(half, OPTIONAL);
    expect(JSON.parse(stdout)).toEqual({ answer: 'You said: hello', health: 'up', events: [] });
    expect(stderr).toBe('');
  });

  it('receives lifecycle events if it has an event emitter', async () => {
    const { stdout, stderr } = await runHost(half, []);
    expect(JSON.parse(stdout)).toEqual({
      answer: 'You said: hello',
      health: 'up',
      events: [
        'agent-sessions.session.created',
        'agent-sessions.turn.accepted',
        'agent-sessions.turn.started',
        'agent-sessions.turn.completed',
      ],
    });
    expect(stderr).toBe('');
  });
});
