/** A stream has to end although its turn goes on: the process stops, or the stream has lasted for long enough. */
export class StreamCut extends Error {
  override readonly name = 'StreamCut';

  /** `last` is a frame that tells the client. Without it the client has to see that the stream is incomplete. */
  constructor(readonly last?: string) {
    super('The stream has ended before its turn');
  }
}
