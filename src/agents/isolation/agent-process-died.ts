/**
 * A run's own process ended before the agent had answered: killed, out of memory, `process.exit()`. It says nothing
 * that clients may read: for them the turn has lost its worker.
 */
export class AgentProcessDied extends Error {
  override readonly name = 'AgentProcessDied';

  constructor(
    /** What the process exited with; null where a signal ended it or it never began. */
    readonly exitCode: number | null,
    /** The signal that ended it, if one did. */
    readonly signalCode: NodeJS.Signals | null,
    options?: ErrorOptions,
  ) {
    const end = signalCode ?? (exitCode === null ? 'an error' : `exit code ${exitCode}`);
    super(`The process of the run ended with ${end}`, options);
  }
}
