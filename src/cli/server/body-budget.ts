import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import { ServerBusyException } from '../../exceptions/index.js';
import { sendEarlyException } from './send-exception.js';

/** Minimum memory of each value of a parsed body, besides its text. */
const BYTES_PER_VALUE = 64;

/** Maximum size of a small body. A part of the budget is reserved for small bodies. */
const SMALL_BODY_BYTES = 64 * 1024;

/** That part. */
const SMALL_BODY_SHARE = 1 / 16;

/** Minimum age of an incomplete body that is refused to make room for others. */
const SLOW_BODY_MS = 10_000;

/** The share of the budget that a request uses. */
interface Charge {
  request: IncomingMessage;
  response: ServerResponse;
  isSmall: boolean;
  decompressor?: Duplex;
  began: number;
  bytes: number;
  /** Whether the request has been answered; the rest of its body is then ignored. */
  isOver: boolean;
}

/**
 * Limits the total memory of all request bodies, from their first byte to the end of their response. A body that
 * would exceed the limit is answered with 503 at once, and the rest of it is ignored. If there are bodies that have
 * been incomplete for a long time, they are refused instead, because a client that stops sending would otherwise
 * block all others.
 */
export class BodyBudget {
  private readonly charges = new WeakMap<IncomingMessage, Charge>();
  /** Requests whose bodies are incomplete, oldest first. */
  private readonly incomplete = new Set<Charge>();
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
    const charge: Charge = {
      request,
      response,
      isSmall: isSmall(request),
      began: performance.now(),
      bytes: 0,
      isOver: false,
    };
    const announced = Math.min(Number(request.headers['content-length'] ?? 0), this.bodyLimit);
    if (!this.hasRoom(charge, announced)) {
      sendEarlyException(request, response, new ServerBusyException());
      return false;
    }
    this.charges.set(request, charge);
    this.incomplete.add(charge);
    response.once('close', () => {
      this.release(charge);
    });
    if (charge.isSmall) {
      // Its announced size is its charge, so that a request that costs little is not watched byte by byte.
      this.charge(charge, announced);
      return true;
    }
    const count = (chunk: Buffer) => {
      if (charge.isOver) return;
      this.charge(charge, charge.bytes + chunk.length);
      if (!this.hasRoom(charge)) this.refuse(charge);
    };
    request.on('data', count);
    request.once('end', () => this.incomplete.delete(charge));
    onPipe(request, (decompressor) => {
      charge.decompressor = decompressor.on('data', count);
    });
    return true;
  }

  /** Updates the charge after a body has been read; false if it is too large. */
  settle(request: IncomingMessage, bytes: number, values: number): boolean {
    const charge = this.charges.get(request);
    if (!charge) return true;
    if (charge.isOver) return false;
    this.incomplete.delete(charge);
    this.charge(charge, bytes + values * BYTES_PER_VALUE);
    return this.hasRoom(charge);
  }

  /** Whether there is room for `more` bytes. Refuses slow bodies if there is not. */
  private hasRoom(charge: Charge, more = 0): boolean {
    const limit = charge.isSmall ? this.total : this.total * (1 - SMALL_BODY_SHARE);
    for (const other of this.incomplete) {
      if (this.held + more <= limit || performance.now() - other.began < SLOW_BODY_MS) break;
      if (other !== charge && other.bytes > 0) this.refuse(other);
    }
    return this.held + more <= limit;
  }

  private refuse(charge: Charge): void {
    const { request, response } = charge;
    this.release(charge);
    // Without a listener, the error would crash the process if the parser has detached from the request.
    request.on('error', () => undefined);
    // The parser and its decompressor release the data that they have read.
    request.unpipe();
    charge.decompressor?.destroy();
    request.emit('error', new ServerBusyException());
    sendEarlyException(request, response, new ServerBusyException());
  }

  private release(charge: Charge): void {
    charge.isOver = true;
    this.incomplete.delete(charge);
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

/** Whether the headers announce a small body. A compressed body is not small, because its size is unknown. */
function isSmall({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return (
    length !== undefined && headers['content-encoding'] === undefined && Number(length) <= SMALL_BODY_BYTES
  );
}

/** Calls back with the decompressor into which the body parser pipes a compressed request. */
function onPipe(request: IncomingMessage, callback: (decompressor: Duplex) => void): void {
  const pipe = request.pipe.bind(request);
  request.pipe = (target, options) => {
    callback(target as unknown as Duplex);
    return pipe(target, options);
  };
}
