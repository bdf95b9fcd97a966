import { HttpAgent } from '@ag-ui/client';
import { AgentRunner } from '@copilotkit/runtime/v2';

/** A runner that keeps nothing in memory: the server has the threads, so a restart of this process loses nothing. */
export class SessionsRunner extends AgentRunner {
  constructor(url) {
    super();
    this.url = url;
  }

  run({ agent, input }) {
    return agent.run(input);
  }

  /** After a reload: a run without messages shows the thread, and goes on with a turn that runs. */
  connect({ threadId, headers }) {
    const run = { threadId, runId: crypto.randomUUID(), messages: [], tools: [], context: [] };
    return new HttpAgent({ url: this.url, headers }).run({ ...run, state: {}, forwardedProps: {} });
  }

  isRunning() {
    return Promise.resolve(false); // The server refuses a second turn itself.
  }

  async stop({ threadId }) {
    const response = await fetch(`${this.url}/${encodeURIComponent(threadId)}/cancel`, { method: 'POST' });
    return response.ok;
  }
}
