interface Call {
  resolve: (value: undefined) => void;
  reject: (reason: Error) => void;
}

/** Calls of a run's agent that have not returned. An aborted run rejects all of them. */
export class PendingCalls {
  private readonly calls = new Map<number, Call>();
  private count = 0;

  constructor(private readonly signal: AbortSignal) {}

  /** Sends a message with a number; settles when the call of that number is settled. */
  async call(send: (call: number) => void): Promise<void> {
    this.signal.throwIfAborted();
    const call = ++this.count;
    const settled = new Promise<undefined>((resolve, reject) => this.calls.set(call, { resolve, reject }));
    send(call);
    await settled;
  }

  /** Rejects when the run is aborted. */
  async untilAborted(): Promise<never> {
    this.signal.throwIfAborted();
    return new Promise<never>((_, reject) =>
      this.calls.set(++this.count, { resolve: () => undefined, reject }),
    );
  }

  settle(call: number, refusal?: string): void {
    const pending = this.calls.get(call);
    this.calls.delete(call);
    if (refusal === undefined) pending?.resolve(undefined);
    else pending?.reject(new Error(refusal));
  }

  abort(): void {
    for (const { reject } of this.calls.values()) reject(this.signal.reason as Error);
    this.calls.clear();
  }
}
