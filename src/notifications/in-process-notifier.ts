import type { Notifier, SessionChange } from './notifier.js';

/** Notifies the listeners of this process. */
export class InProcessNotifier implements Notifier {
  private readonly listeners = new Set<(change: SessionChange) => void>();

  publish(change: SessionChange): void {
    for (const listener of this.listeners) listener(change);
  }

  subscribe(listener: (change: SessionChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): Promise<void> {
    this.listeners.clear();
    return Promise.resolve();
  }
}
