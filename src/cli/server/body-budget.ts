import type { IncomingMessage, ServerResponse } from 'node:http';

import { ServerBusyException } from '../../exceptions/index.js';
import { sendEarlyException } from './send-exception.js';

/** How many times its size a compressed body may be: what deflate can do at most. */
const MAX_DEFLATION = 1032;

/** How much memory each value of a parsed body takes at least, beside its text. */
const BYTES_PER_VALUE = 64;

/** What a request takes of the budget. */
interface Charge {
  bytes: number;
  /** Whether the request has been answered: then what still comes of its body is dropped. */
  isOver: boolean;
}

/**
 * Bounds the memory that the bodies of all requests take together, from their first byte to the end of their answer.
 * What would pass the bound is answered with 503 at once, and what the client still sends of it is dropped.
 */
export class BodyBudget {
  private readonly charges = new WeakMap<IncomingMessage, Charge>();
  private held = 0;

  /** @param bodyLimit what one body may take @param total what all of them may take together */
  constructor(
    private readonly bodyLimit: number,
    private readonly total: number,
  ) {}

  /** Begins to count a request's body; false if the request was refused. */
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
    // Without a listener, the error of a refusal would end the process once the parser has let go of the request.
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

  /** Tells what a body takes once it has been read; false if it is too much. */
  settle(request: IncomingMessage, bytes: number, values: number): boolean {
    const charge = this.charges.get(request);
    if (charge?.isOver) return false;
    if (charge) this.charge(charge, bytes + values * BYTES_PER_VALUE);
    return this.held <= this.total;
  }

  private refuse(charge: Charge, request: IncomingMessage, response: ServerResponse): void {
    this.release(charge);
    // The parser and its decompressor let go of what they have read.
    request.unpipe();
    request.emit('error', new ServerBusyException());
    sendEarlyException(request, response, new ServerBusyException());
  }

  /** What is known of the size that the bytes have that were received so far. */
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
