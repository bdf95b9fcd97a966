/** A promise that the test settles. */
export class Gate<T = void> {
  open!: (value: T) => void;
  fail!: (reason: unknown) => void;
  readonly opened: Promise<T>;

  constructor() {
    this.opened = new Promise<T>((resolve, reject) => {
      this.open = resolve;
      this.fail = reject;
    });
    // A test may reject it before anything awaits it.
    this.opened.catch(() => undefined);
  }
}
