import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Does what the message's `user_params` ask for:
 *
 * - `take_ms`: take that long, unless the run is cut off
 * - `stream`: stream that many pieces of text, numbered from 0
 * - `block_ms`: block the event loop that long
 * - `crash`: kill the process
 * - `order`: charge in a step, ask a person, ship in a step; with this `onUnknown` of the first step
 * - `hang`: never end the first of these steps
 * - `first`: the same, for the first run only
 *
 * and writes a line to the file named by `FAULT_AGENT_LOG` when a run begins, ends or is cut off, and to the file beside
 * it for each effect of a step.
 */
export default async function faultAgent(turn) {
  const { first, ...always } = turn.message.user_params ?? {};
  const params = turn.attempt === 1 ? { ...always, ...first } : always;
  const { take_ms, stream, block_ms, crash, order, hang } = params;
  note('start', turn);
  if (crash) process.kill(process.pid, 'SIGKILL');
  if (block_ms) block(block_ms);
  if (take_ms) await takeTime(take_ms, turn);
  if (stream) await streamPieces(stream, turn);
  if (order) await carryOut(order, hang, turn);
  note('end', turn);
  return `answer to ${turn.message.content}`;
}

async function carryOut({ onUnknown }, hang, turn) {
  const charge = async ({ idempotencyKey }) => {
    effect('charge', idempotencyKey, turn);
    if (hang) await new Promise(() => undefined);
    return { paid: 17 };
  };
  try {
    const receipt = await turn.step('charge', charge, { onUnknown });
    await turn.interrupt({ type: 'ask', receipt });
    await turn.step('ship', ({ idempotencyKey }) => effect('ship', idempotencyKey, turn));
  } catch (error) {
    note('cut off', turn);
    throw error;
  }
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

async function streamPieces(count, turn) {
  for (let piece = 0; piece < count; piece++) {
    turn.emit(`${piece} `);
    if (piece % 4 === 3) await takeTime(60, turn);
  }
}

function effect(step, idempotencyKey, { sessionId, attempt }) {
  const line = { step, idempotencyKey, session: sessionId, attempt };
  appendFileSync(`${process.env.FAULT_AGENT_LOG}.effects`, `${JSON.stringify(line)}\n`);
}

function note(event, { sessionId, turnId, attempt }) {
  const line = { event, session: sessionId, turn: turnId, attempt, pid: process.pid, at: Date.now() };
  appendFileSync(process.env.FAULT_AGENT_LOG, `${JSON.stringify(line)}\n`);
}
