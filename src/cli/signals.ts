// Nothing is imported here: the handlers stand before anything else is loaded. Process 1 of a container has no
// default handlers, so that it would ignore a signal until then.

const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;

/** The signals that end the server. */
export type StopSignal = keyof typeof SIGNALS;

/** While the server starts there is nothing that needs an end: the process ends as if it had no handler. */
let handle = (signal: StopSignal): void => {
  process.exit(128 + SIGNALS[signal]);
};

/** Installs the handlers, once, before the program is loaded. */
export function handleSignals(): void {
  for (const signal of Object.keys(SIGNALS) as StopSignal[]) {
    process.on(signal, () => {
      handle(signal);
    });
  }
}

/** From now on signals do this. */
export function onSignal(handler: (signal: StopSignal) => void): void {
  handle = handler;
}
