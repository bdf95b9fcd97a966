/** A promise that a test settles when it wants to. */
export class Gate<T = void> {
  open!: (value: T) => void;
  fail!: (reason: unknown) => void;
  readonly opened: Promise<T>;

  constructor() {
    this.opened = new Promise<T>((resolve, reject) => {
      this.open = resolve;
      this.fail = reject;
    });
    // A test may let it fail before anybody waits for it.
    this.opened.catch(() => undefined);
  }
}
