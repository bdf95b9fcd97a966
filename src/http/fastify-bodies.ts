import { SetMetadata, type Type } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';

import { ValidationFailedException } from '../exceptions/index.js';
import { findUnsafeJson } from '../json/json-safety.js';
import { JsonWidth } from '../json/json-width.js';

/** The metadata key of `@RouteConfig` in @nestjs/platform-fastify, which is not installed in hosts on Express. */
const ROUTE_CONFIG = '__fastify_route_config__';

/** Marks a route of this module in the configuration of Fastify. */
const ROUTE_MARKER = 'nestjs-agent-sessions';

/** The parts of Fastify's requests, routes and instances that are used here. */
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

/** Marks the routes of a controller for {@link prepareFastify}; a no-op on other adapters. */
export function markForFastify(controller: Type<unknown>): void {
  const prototype = controller.prototype as object;
  for (const [name, method] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name !== 'constructor') SetMetadata(ROUTE_CONFIG, { [ROUTE_MARKER]: true })(prototype, name, method);
  }
}

/**
 * On Fastify, makes bodies of this module's routes behave as on Express: an empty body with a JSON content type
 * counts as none, and a `__proto__` key is reported by its name. Fastify alone would answer both with 400 before any
 * code of this module runs. Call it before the routes are registered; other routes are not changed.
 */
export function prepareFastify({ httpAdapter }: HttpAdapterHost): void {
  if (httpAdapter.getType() !== 'fastify') return;
  const fastify = httpAdapter.getInstance<FastifyInstance>();
  if (prepared.has(fastify)) return;
  prepared.add(fastify);
  fastify.addHook('onRoute', (route) => {
    if (route.config?.[ROUTE_MARKER] === undefined) return;
    route.preParsing = [...[route.preParsing ?? []].flat(), readJson];
  });
}

const readJson: PreParsing = ({ raw }, _reply, payload, done) => {
  // Remove Content-Type when there is no body; Fastify would report truncated JSON.
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

/**
 * Every text with a `__proto__` key contains one of these: any other notation needs an escape of an ASCII character.
 */
const PROTO_SIGNS = ['__proto__', '\\u00'];
const LONGEST_SIGN = 9;

/**
 * Passes a body through unchanged, and fails if Fastify would refuse it for a `__proto__` key or if it has too many
 * values or keys; the body is then not parsed. It fails at the end of the body, because an earlier error would close
 * the connection before the client could read the response.
 */
class JsonCheck extends Transform {
  private readonly chunks: Buffer[] = [];
  private readonly width = new JsonWidth();
  private mayHaveProto = false;
  private lastBytes = Buffer.alloc(0);

  constructor(private readonly source: Readable & { receivedEncodedLength?: number }) {
    super();
  }

  /** Fastify compares this with the announced length, if an earlier stream has decompressed the body. */
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
    const { problem } = this.width;
    if (problem !== undefined) {
      callback(new ValidationFailedException([`body ${problem}`]));
      return;
    }
    // JSON for an absent body, because an empty text is not JSON.
    if (this.lastBytes.length === 0) this.push('null');
    callback(this.mayHaveProto ? protoProblem(Buffer.concat(this.chunks).toString()) : null);
  }
}

function protoProblem(text: string): Error | null {
  try {
    const unsafe = findUnsafeJson(JSON.parse(text));
    return unsafe ? new ValidationFailedException([unsafe.toString()]) : null;
  } catch {
    // The host answers malformed JSON.
    return null;
  }
}
