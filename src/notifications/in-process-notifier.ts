import type { Notifier } from './notifier.js';

/** Notifies the listeners of this process. */
export class InProcessNotifier implements Notifier {
  private readonly listeners = new Set<(sessionId: string) => void>();

  publish(sessionId: string): void {
    for (const listener of this.listeners) listener(sessionId);
  }

  subscribe(listener: (sessionId: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.listeners.clear();
  }
}
