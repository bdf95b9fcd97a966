import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A response and its duration in ms. */
export interface TimedAnswer {
  status: number;
  milliseconds: number;
}

const PROGRAM = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', async ({ url, body }) => {
    const began = performance.now();
    const response = await fetch(url, {
      method: 'POST', body, headers: { 'content-type': 'application/json' },
    });
    await response.text();
    parentPort.postMessage({ status: response.status, milliseconds: performance.now() - began });
  });
`;

/** A client in a separate thread, whose clock continues while this thread is busy. */
export class TimingClient {
  private readonly worker = new Worker(PROGRAM, { eval: true });

  async post(url: string, json: unknown): Promise<TimedAnswer> {
    const answered = once(this.worker, 'message') as Promise<[TimedAnswer]>;
    this.worker.postMessage({ url, body: JSON.stringify(json) });
    return (await answered)[0];
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}
