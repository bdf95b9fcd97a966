import { Socket } from 'node:net';
import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';

/** A pipe to the parent through which nothing passes: it closes when the parent ends, however that happens. */
const PARENT_FD = 4;

/**
 * Makes this process end with its parent. In a thread of its own, since an agent may block the event loop of this
 * one for ever.
 */
export async function watchParent(): Promise<void> {
  // What the parent's Node options load is of no use to the thread.
  const worker = new Worker(new URL(import.meta.url), { execArgv: [], env: {} });
  await once(worker, 'online');
  worker.unref();
}

if (!isMainThread) {
  const kill = () => process.kill(process.pid, 'SIGKILL');
  new Socket({ fd: PARENT_FD }).on('error', kill).on('close', kill).resume();
}
