/**
 * A run's own process ended before the agent had answered: killed, out of memory, `process.exit()`. It says nothing
 * that clients may read: for them the turn has lost its worker.
 */
export class AgentProcessDied extends Error {
  override readonly name = 'AgentProcessDied';

  constructor(
    /** What the process exited with; null where a signal ended it. */
    readonly exitCode: number | null,
    /** The signal that ended it, if one did. */
    readonly signalCode: NodeJS.Signals | null,
  ) {
    super(`The process of the run ended with ${signalCode ?? `exit code ${String(exitCode)}`}`);
  }
}
