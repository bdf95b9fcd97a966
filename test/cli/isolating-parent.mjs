// Runs a turn of each agent's file in a child process, if it can, and in process, and prints the results.
import 'reflect-metadata';

import { AgentHost } from '../../dist/esm/agents/agent-host.js';
import { isolatable } from '../../dist/esm/cli/server/isolatable-agent.js';
import { loadAgent } from '../../dist/esm/cli/server/load-agent.js';

const [, , content, ...files] = process.argv;

/** Creates classes as Nest does for classes without dependencies. */
const moduleRef = {
  get: (token) => {
    if (token === 'greeting') return 'injected';
    throw new Error('not provided');
  },
  introspect: (token) => {
    if (token === 'greeting') return { scope: 0 };
    throw new Error('not provided');
  },
  create: (agentClass) => {
    if (Reflect.getMetadata('self:paramtypes', agentClass)) throw new Error('has dependencies');
    return Promise.resolve(new agentClass());
  },
};
const start = {
  type: 'start',
  sessionId: 'a-session',
  turnId: 'a-turn',
  attempt: 3,
  message: { role: 'user', content },
  history: [],
  recording: { steps: [], interrupts: [] },
  eventBytes: 0,
};

/** Runs the turn as the engine does; what the agent returned. */
async function run(transport) {
  return new Promise((resolve, reject) => {
    const receive = (message) =>
      message.outcome === 'completed' ? resolve(message.output) : reject(message.error);
    transport({ receive, onListenerError: reject }).send(start);
  });
}

async function answersOf(file) {
  const given = isolatable(await loadAgent(file), file, { logLevel: 'error', logFormat: 'text' });
  const host = new AgentHost(given, moduleRef);
  await host.onModuleInit();
  const { isolated } = host;
  return {
    pid: process.pid,
    isolated: isolated === undefined ? null : (await run(isolated)).response.content,
    inProcess: await run(host.inProcess),
  };
}

const answers = [];
for (const file of files) answers.push(await answersOf(file));
process.stdout.write(JSON.stringify(answers));
