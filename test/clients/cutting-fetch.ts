/** A network that cuts the body of each response after some bytes. */
export class CuttingNetwork {
  /** The status of the last response. */
  lastStatus = 0;

  /**
   * `cuts` are the numbers of bytes, in order; further responses are whole. A body that is cut fails, or ends as if it
   * were whole if `endsCleanly`.
   */
  constructor(
    private readonly cuts: number[],
    private readonly endsCleanly = false,
  ) {}

  readonly fetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    this.lastStatus = response.status;
    const cut = this.cuts.shift();
    if (cut === undefined || !response.body) return response;
    const { status, headers } = response;
    return new Response(response.body.pipeThrough(this.cutter(cut)), { status, headers });
  };

  private cutter(bytes: number): TransformStream<Uint8Array, Uint8Array> {
    let left = bytes;
    return new TransformStream({
      transform: (chunk, controller) => {
        if (chunk.length < left) {
          left -= chunk.length;
          controller.enqueue(chunk);
          return;
        }
        controller.enqueue(chunk.subarray(0, left));
        if (this.endsCleanly) controller.terminate();
        // The word by which clients recognize a lost network.
        else controller.error(new TypeError('network error'));
      },
    });
  }
}
