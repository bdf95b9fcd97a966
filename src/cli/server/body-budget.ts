import type { IncomingMessage, ServerResponse } from 'node:http';

import { ServerBusyException } from '../../exceptions/index.js';
import { sendEarlyException } from './send-exception.js';

/** The maximum compression ratio of deflate. */
const MAX_DEFLATION = 1032;

/** Minimum memory of each value of a parsed body, besides its text. */
const BYTES_PER_VALUE = 64;

/** The share of the budget that a request uses. */
interface Charge {
  bytes: number;
  /** Whether the request has been answered; the rest of its body is then ignored. */
  isOver: boolean;
}

/**
 * Limits the total memory of all request bodies, from their first byte to the end of their response. A body that
 * would exceed the limit is answered with 503 at once, and the rest of it is ignored.
 */
export class BodyBudget {
  private readonly charges = new WeakMap<IncomingMessage, Charge>();
  private held = 0;

  /**
   * @param bodyLimit maximum size of one body
   * @param total maximum size of all bodies together
   */
  constructor(
    private readonly bodyLimit: number,
    private readonly total: number,
  ) {}

  /** Starts to count a request's body; false if the request was refused. */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    if (!hasBody(request)) return true;
    const charge: Charge = { bytes: 0, isOver: false };
    const announced = Math.min(Number(request.headers['content-length'] ?? 0), this.bodyLimit);
    if (this.held + announced > this.total) {
      sendEarlyException(request, response, new ServerBusyException());
      return false;
    }
    this.charges.set(request, charge);
    response.once('close', () => {
      this.release(charge);
    });
    // Without a listener, an error after the refusal would crash the process, because the parser has detached from
    // the request.
    request.on('error', () => undefined);
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      if (charge.isOver) return;
      received += chunk.length;
      this.charge(charge, this.unpacked(request, received));
      if (this.held > this.total) this.refuse(charge, request, response);
    });
    return true;
  }

  /** Updates the charge after a body has been read; false if it is too large. */
  settle(request: IncomingMessage, bytes: number, values: number): boolean {
    const charge = this.charges.get(request);
    if (charge?.isOver) return false;
    if (charge) this.charge(charge, bytes + values * BYTES_PER_VALUE);
    return this.held <= this.total;
  }

  private refuse(charge: Charge, request: IncomingMessage, response: ServerResponse): void {
    this.release(charge);
    // The parser and its decompressor release the data that they have read.
    request.unpipe();
    request.emit('error', new ServerBusyException());
    sendEarlyException(request, response, new ServerBusyException());
  }

  /** Upper bound for the uncompressed size of the bytes received so far. */
  private unpacked({ headers }: IncomingMessage, received: number): number {
    const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
    const isDeflate = encoding === 'gzip' || encoding === 'deflate';
    const most = isDeflate ? received * MAX_DEFLATION : this.bodyLimit;
    return Math.min(encoding === 'identity' ? received : most, this.bodyLimit);
  }

  private release(charge: Charge): void {
    charge.isOver = true;
    this.charge(charge, 0);
  }

  private charge(charge: Charge, bytes: number): void {
    this.held += bytes - charge.bytes;
    charge.bytes = bytes;
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0;
}
