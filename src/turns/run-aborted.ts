import type { RunEnd } from '../facts/turn-end.js';

/** Why a run was cut off; the reason of its agent's signal. */
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
