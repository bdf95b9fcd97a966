/** Limits on what is read of a thrown value, so that a report is always small. */
const MAX = { text: 10_000, frames: 30, frame: 500, errors: 20, depth: 8 };

/** The message in the report of a thrown value that has none. */
export const NO_MESSAGE = 'The agent failed';

/** A thrown value as plain data of limited size. */
export interface ErrorReport {
  name: string;
  message: string;
  /** Its `code`, as of errors of Node, if it has one. */
  code?: string;
  /** The frames of its stack, without the message. */
  frames: string[];
  cause?: ErrorReport;
  /** The errors of an AggregateError. */
  errors?: ErrorReport[];
}

/** Reports any thrown value, with its causes. Never throws, even if reading the value does. */
export function reportError(thrown: unknown): ErrorReport {
  const seen = new Set<unknown>();
  const report = (value: unknown, depth: number): ErrorReport | undefined => {
    if (seen.has(value) || seen.size >= MAX.errors || depth > MAX.depth) return undefined;
    seen.add(value);
    const cause = read(value, 'cause');
    const errors = errorsOf(value)
      .map((error) => report(error, depth + 1))
      .filter((error) => error !== undefined);
    const reported = cause === undefined ? undefined : report(cause, depth + 1);
    return {
      ...shallow(value),
      ...(reported && { cause: reported }),
      ...(errors.length > 0 && { errors }),
    };
  };
  return report(thrown, 1) ?? shallow(thrown);
}

function shallow(value: unknown): ErrorReport {
  if (typeof value === 'string') {
    return { name: 'a thrown text', message: value.slice(0, MAX.text) || NO_MESSAGE, frames: [] };
  }
  const message = textOf(value, 'message');
  const isError = message !== undefined || textOf(value, 'stack') !== undefined;
  if (!isError) return { name: kindOf(value), message: NO_MESSAGE, ...codeOf(value), frames: [] };
  return {
    name: (textOf(value, 'name') ?? 'Error').slice(0, MAX.frame) || 'Error',
    message: (message ?? '').slice(0, MAX.text),
    ...codeOf(value),
    // V8 makes the stack of the message when it is first read, which takes seconds if that is very long.
    frames: (message?.length ?? 0) > MAX.text ? [] : framesOf(textOf(value, 'stack') ?? '', message ?? ''),
  };
}

/** Only the lines after the message, which may itself look like a frame. */
function framesOf(stack: string, message: string): string[] {
  const start = Math.max(stack.indexOf(message), 0) + message.length;
  return stack
    .slice(start, start + MAX.frames * MAX.frame)
    .split('\n')
    .map((line) => line.trim().slice(0, MAX.frame))
    .filter((line) => line.startsWith('at '))
    .slice(0, MAX.frames);
}

function errorsOf(value: unknown): unknown[] {
  const errors = read(value, 'errors');
  try {
    return Array.isArray(errors)
      ? errors.slice(0, MAX.errors).filter((error) => textOf(error, 'stack') !== undefined)
      : [];
  } catch {
    return [];
  }
}

function codeOf(value: unknown): { code?: string } {
  const code = read(value, 'code');
  return typeof code === 'string' || typeof code === 'number' ? { code: String(code).slice(0, 100) } : {};
}

/** Names the properties of an object, but not their values, because these may be anything, such as messages. */
function kindOf(value: unknown): string {
  try {
    if (typeof value === 'function') return 'a thrown function';
    if (typeof value !== 'object' || value === null) return String(value).slice(0, MAX.frame);
    const names = Object.keys(value).slice(0, MAX.errors).join(', ');
    return names === '' ? 'a thrown object' : `a thrown object with ${names}`.slice(0, MAX.frame);
  } catch {
    return 'a thrown object';
  }
}

function textOf(value: unknown, field: string): string | undefined {
  const text = read(value, field);
  return typeof text === 'string' ? text : undefined;
}

function read(value: unknown, field: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[field];
  } catch {
    return undefined;
  }
}
