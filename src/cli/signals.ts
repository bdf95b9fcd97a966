// This file has no imports, so that the handlers are installed before anything else is loaded. Process 1 of a
// container has no default handlers and would ignore signals until then.

const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;

/** The signals that stop the server. */
export type StopSignal = keyof typeof SIGNALS;

/** During the start there is nothing to clean up: the process exits as without a handler. */
let handle = (signal: StopSignal): void => {
  process.exit(128 + SIGNALS[signal]);
};

/** Installs the handlers once, before the program is loaded. */
export function handleSignals(): void {
  for (const signal of Object.keys(SIGNALS) as StopSignal[]) {
    process.on(signal, () => {
      handle(signal);
    });
  }
}

/** Replaces the handler of the signals. */
export function onSignal(handler: (signal: StopSignal) => void): void {
  handle = handler;
}
