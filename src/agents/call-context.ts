import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Before Node 24 an AsyncLocalStorage makes every promise of the process slower, from its first use until it is
 * disabled. Later ones do not, and to disable one forgets what it holds.
 */
const SLOWS_PROMISES = Number.parseInt(process.versions.node, 10) < 24;

/** An AsyncLocalStorage that costs nothing while no call is in progress. */
export class CallContext<T> {
  private readonly storage = new AsyncLocalStorage<T>();
  private pending = 0;

  /** The value of the call that the current code belongs to. */
  get current(): T | undefined {
    return this.storage.getStore();
  }

  /** Begins a call; returns a function that ends it, to be called once. Without any call, values may be forgotten. */
  begin(): () => void {
    this.pending++;
    return () => {
      this.pending--;
      if (this.pending === 0 && SLOWS_PROMISES) this.storage.disable();
    };
  }

  /** Calls a function of a call in progress with the call's value. */
  run<R>(value: T, call: () => R): R {
    return this.storage.run(value, call);
  }
}
