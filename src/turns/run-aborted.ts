/** The reason for which a run was aborted; also the reason of its agent's signal. */
export class RunAborted extends Error {
  override readonly name = 'AbortError';

  constructor(
    override readonly cause: 'lost' | 'timed_out' | 'shutdown',
    message: string,
  ) {
    super(message);
  }
}
