import { SetMetadata, type Type } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';

import { ValidationFailedException } from '../exceptions/index.js';
import { findUnsafeJson, TOO_MANY_VALUES } from '../json/json-safety.js';
import { JsonWidth } from '../json/json-width.js';

/** Where `@RouteConfig` of @nestjs/platform-fastify, which is not there in hosts on Express, keeps its argument. */
const ROUTE_CONFIG = '__fastify_route_config__';

/** In the configuration of a Fastify route: it is one of ours. */
const OURS = 'nestjs-agent-sessions';

/** What is used of Fastify's requests, routes and instances. */
interface FastifyRequest {
  raw: IncomingMessage;
}
type PreParsing = (
  request: FastifyRequest,
  reply: unknown,
  payload: Readable,
  done: (error: Error | null, payload?: Readable) => void,
) => void;
interface FastifyRoute {
  config?: Record<string, unknown>;
  preParsing?: PreParsing | PreParsing[];
}
interface FastifyInstance {
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): unknown;
}

const prepared = new WeakSet<FastifyInstance>();

/** Makes the routes of a controller known to {@link prepareFastify}; it means nothing on other adapters. */
export function markForFastify(controller: Type<unknown>): void {
  const prototype = controller.prototype as object;
  for (const [name, method] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name !== 'constructor') SetMetadata(ROUTE_CONFIG, { [OURS]: true })(prototype, name, method);
  }
}

/**
 * Makes Fastify, if the host is on it, treat bodies of our routes as Express does: an empty one is none although
 * its type is JSON, and a `__proto__` key is told by its name. Fastify alone would answer both with 400 before
 * anything of ours runs. To be called before the routes are registered; other routes are not touched.
 */
export function prepareFastify({ httpAdapter }: HttpAdapterHost): void {
  if (httpAdapter.getType() !== 'fastify') return;
  const fastify = httpAdapter.getInstance<FastifyInstance>();
  if (prepared.has(fastify)) return;
  prepared.add(fastify);
  fastify.addHook('onRoute', (route) => {
    if (route.config?.[OURS] === undefined) return;
    route.preParsing = [...[route.preParsing ?? []].flat(), readJson];
  });
}

const readJson: PreParsing = ({ raw }, _reply, payload, done) => {
  // Of no body there is no type. Fastify takes a body of length 0 for JSON that ends too soon.
  if (hasNoBody(raw)) delete raw.headers['content-type'];
  if (!isJson(raw.headers)) {
    done(null, payload);
    return;
  }
  const checked = new JsonCheck(payload);
  pipeline(payload, checked, () => undefined);
  done(null, checked);
};

function hasNoBody({ headers, httpVersionMajor }: IncomingMessage): boolean {
  const length = headers['content-length'];
  if (length !== undefined) return Number(length) === 0;
  return httpVersionMajor === 1 && headers['transfer-encoding'] === undefined;
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return /^\s*application\/json\b/i.test(headers['content-type'] ?? '');
}

/** One of these is in every text with a `__proto__` key: any other way to write it has an escape of ASCII. */
const PROTO_SIGNS = ['__proto__', '\\u00'];
const LONGEST_SIGN = 9;

/**
 * Lets a body pass as it is, and ends in an error if Fastify would refuse it for a `__proto__` key, or if it holds
 * more values than a request may: then it is not parsed. The error comes at the end of the body, because an earlier
 * one would close the connection before the client could read the answer.
 */
class JsonCheck extends Transform {
  private readonly chunks: Buffer[] = [];
  private readonly width = new JsonWidth();
  private mayHaveProto = false;
  private lastBytes = Buffer.alloc(0);

  constructor(private readonly source: Readable & { receivedEncodedLength?: number }) {
    super();
  }

  /** Fastify compares it with the length that was announced, if something before has unpacked the body. */
  get receivedEncodedLength(): number | undefined {
    return this.source.receivedEncodedLength;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.width.add(chunk);
    const border = Buffer.concat([this.lastBytes, chunk.subarray(0, LONGEST_SIGN)]);
    this.mayHaveProto ||= PROTO_SIGNS.some((sign) => chunk.includes(sign) || border.includes(sign));
    this.lastBytes = Buffer.concat([this.lastBytes, chunk.subarray(-LONGEST_SIGN)]).subarray(-LONGEST_SIGN);
    this.chunks.push(chunk);
    callback(null, chunk);
  }

  override _flush(callback: TransformCallback): void {
    if (this.width.isTooWide) {
      callback(new ValidationFailedException([`body ${TOO_MANY_VALUES}`]));
      return;
    }
    // JSON for no body, because an empty text is none.
    if (this.lastBytes.length === 0) this.push('null');
    callback(this.mayHaveProto ? protoProblem(Buffer.concat(this.chunks).toString()) : null);
  }
}

function protoProblem(text: string): Error | null {
  try {
    const unsafe = findUnsafeJson(JSON.parse(text));
    return unsafe ? new ValidationFailedException([unsafe.toString()]) : null;
  } catch {
    // Malformed JSON is answered by the host.
    return null;
  }
}
