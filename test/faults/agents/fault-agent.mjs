import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Does what the message's `user_params` ask for:
 *
 * - `take_ms`: take that long, unless the run is cut off
 * - `block_ms`: block the event loop that long
 * - `crash`: kill the process
 * - `first`: the same, for the first run only
 *
 * and writes a line to the file named by `FAULT_AGENT_LOG` when a run begins, ends or is cut off.
 */
export default async function faultAgent(turn) {
  const { first, ...always } = turn.message.user_params ?? {};
  const { take_ms, block_ms, crash } = turn.attempt === 1 ? { ...always, ...first } : always;
  note('start', turn);
  if (crash) process.kill(process.pid, 'SIGKILL');
  if (block_ms) block(block_ms);
  if (take_ms) await takeTime(take_ms, turn);
  note('end', turn);
  return `answer to ${turn.message.content}`;
}

function block(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

async function takeTime(milliseconds, turn) {
  try {
    await delay(milliseconds, undefined, { signal: turn.signal });
  } catch (error) {
    note('cut off', turn);
    throw error;
  }
}

function note(event, { sessionId, turnId, attempt }) {
  const line = { event, session: sessionId, turn: turnId, attempt, pid: process.pid, at: Date.now() };
  appendFileSync(process.env.FAULT_AGENT_LOG, `${JSON.stringify(line)}\n`);
}
