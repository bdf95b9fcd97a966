// The same contract on Restate: a session is a virtual object, a turn its exclusive handler.
// node restate.mjs --port N --service-port N --ingress URL --admin URL, beside a restate-server
import * as restate from '@restatedev/restate-sdk';
import express from 'express';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import agent from '../agent.mjs';

const option = { type: 'string' };
const { values: options } = parseArgs({
  options: { port: option, 'service-port': option, ingress: option, admin: option },
});

// The SDK expects Node 22.
Promise.withResolvers ??= () => {
  let resolve, reject;
  const promise = new Promise((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
};

/** The awakeables on which sessions wait, for long polls of this process. */
const waiting = new Map();
const asked = new EventEmitter().setMaxListeners(0);

function ask(key, awakeable) {
  waiting.set(key, awakeable);
  asked.emit(key);
}

const session = restate.object({
  name: 'session',
  handlers: {
    turn: async (context, { content }) => {
      const history = (await context.get('history')) ?? [];
      const message = { role: 'user', content };
      const step = (name, run) => context.run(name, run);
      const interrupt = async () => {
        const { id, promise } = context.awakeable();
        await context.run('ask', () => ask(context.key, id));
        return promise;
      };
      // An agent with steps of its own is not a step.
      const isOneStep = !['steps', 'ask'].includes(content);
      const run = () => agent({ message, history, step, interrupt });
      const answer = await (isOneStep ? context.run('agent', run) : run());
      context.set('history', [...history, message, { role: 'assistant', content: answer }]);
      return answer;
    },
  },
});

async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** The server may still be starting. */
async function register() {
  for (let attempt = 0; ; attempt++) {
    try {
      return await post(`${options.admin}/deployments`, {
        uri: `http://127.0.0.1:${options['service-port']}`,
      });
    } catch (error) {
      if (attempt === 100) throw error;
      await delay(100);
    }
  }
}

await restate.serve({ services: [session], port: Number(options['service-port']) });
await register();

/** The invocation of a session's latest turn. */
const turns = new Map();
const app = express();
app.use(express.json());

app.post('/sessions', (_request, response) => {
  response.status(201).json({ session_id: randomUUID() });
});

app.post('/sessions/:id/messages', async ({ params: { id }, body }, response) => {
  const { invocationId } = await post(
    `${options.ingress}/session/${id}/turn/send`,
    { content: body.content },
    { 'idempotency-key': randomUUID() },
  );
  turns.set(id, invocationId);
  response.status(202).json({ session_id: id, status: 'running' });
});

app.post('/sessions/:id/resume', async ({ params: { id }, body }, response) => {
  const awakeable = waiting.get(id);
  if (!awakeable) return response.status(409).end();
  waiting.delete(id);
  const resolved = await fetch(`${options.ingress}/restate/awakeables/${awakeable}/resolve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body.value),
  });
  if (!resolved.ok) throw new Error(`The awakeable answered ${resolved.status}`);
  response.json({ session_id: id, status: 'running' });
});

app.get('/sessions/:id', async ({ params: { id } }, response) => {
  const isAsked = new Promise((resolve) => asked.once(id, () => resolve(undefined)));
  const ended = fetch(`${options.ingress}/restate/invocation/${turns.get(id)}/attach`);
  const answer = waiting.has(id) ? undefined : await Promise.race([ended, isAsked]);
  asked.removeAllListeners(id);
  if (!answer) {
    ended.catch(() => undefined);
    const interrupts = [{ interrupt_id: 'answer' }];
    return response.json({ session_id: id, status: 'interrupted', interrupts, response: null });
  }
  response.json({
    session_id: id,
    status: answer.ok ? 'idle' : 'error',
    error: answer.ok ? null : await answer.text(),
    response: { role: 'assistant', content: answer.ok ? await answer.json() : null },
  });
});

app.listen(Number(options.port), '127.0.0.1');
