/**
 * The child process of a run ended before the agent had returned: it was killed, ran out of memory or called
 * `process.exit()`. Clients do not see this message; for them the turn has lost its worker.
 */
export class AgentProcessDied extends Error {
  override readonly name = 'AgentProcessDied';

  constructor(
    /** The exit code; null if a signal ended the process or it never started. */
    readonly exitCode: number | null,
    /** The signal that ended it, if one did. */
    readonly signalCode: NodeJS.Signals | null,
    options?: ErrorOptions,
  ) {
    const end = signalCode ?? (exitCode === null ? 'an error' : `exit code ${exitCode}`);
    super(`The process of the run ended with ${end}`, options);
  }
}
