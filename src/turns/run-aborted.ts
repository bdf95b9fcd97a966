import type { RunEnd } from '../facts/turn-end.js';

/** The reason for which a run was aborted; also the reason of its agent's signal. */
export class RunAborted extends Error {
  override readonly name = 'AbortError';

  constructor(
    /** One word for the agent. */
    override readonly cause: string,
    message: string,
    /** How a run ends that was cut off so. */
    readonly end: RunEnd,
  ) {
    super(message);
  }
}
