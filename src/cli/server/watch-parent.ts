import { Socket } from 'node:net';
import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';

/** A pipe to the parent that carries no data: it closes when the parent ends for any reason. */
const PARENT_FD = 4;

/**
 * Ends this process with its parent. Runs in a separate thread, because an agent may block the event loop of this one
 * for ever.
 */
export async function watchParent(): Promise<void> {
  // The modules that the parent's Node options preload are useless in this thread.
  const worker = new Worker(new URL(import.meta.url), { execArgv: [], env: {} });
  await once(worker, 'online');
  worker.unref();
}

if (!isMainThread) {
  const kill = () => process.kill(process.pid, 'SIGKILL');
  new Socket({ fd: PARENT_FD }).on('error', kill).on('close', kill).resume();
}
