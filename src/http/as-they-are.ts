import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  SerializeOptions,
  UseInterceptors,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';

/** What class-transformer takes an answer, and all that is in it, for instances of. */
class Answer {
  [field: string]: unknown;
}

/** The type of every field: class-transformer then takes none from a value's own `constructor` key, and fails. */
const ALL_FIELDS = new Proxy<Record<string, typeof Answer>>({}, { get: () => Answer });

/** Gives answers a class, which class-transformer needs for `targetMaps`. */
class AnswerInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next
      .handle()
      .pipe(map((answer: unknown) => (Array.isArray(answer) ? answer.map(toAnswer) : toAnswer(answer))));
  }
}

function toAnswer(value: unknown): unknown {
  const isPlain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.assign(new Answer(), value) : value;
}

/**
 * Keeps the answers of a controller as they are where the host has a global ClassSerializerInterceptor, whatever
 * its defaults leave out: answers are JSON with the fields of the wire. Other interceptors are not touched.
 */
export const AnswersAsTheyAre = () =>
  applyDecorators(
    UseInterceptors(new AnswerInterceptor()),
    SerializeOptions({
      strategy: 'exposeAll',
      excludePrefixes: [],
      ignoreDecorators: true,
      exposeUnsetFields: true,
      targetMaps: [{ target: Answer, properties: ALL_FIELDS }],
      groups: undefined,
      version: undefined,
      type: undefined,
    }),
  );
