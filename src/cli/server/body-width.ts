import { JsonWidth } from '../../json/json-width.js';

/** Encodings of JSON, with the size of their units in bytes and the position of an ASCII character within a unit. */
const ENCODINGS: [name: RegExp, size: number, positions: number[]][] = [
  [/^utf-?8$/, 1, [0]],
  [/^utf-16le$/, 2, [0]],
  [/^utf-16be$/, 2, [1]],
  // The parser detects the byte order, so both orders are checked.
  [/^utf-16$/, 2, [0, 1]],
  [/^utf-32le$/, 4, [0]],
  [/^utf-32be$/, 4, [3]],
  [/^utf-32$/, 4, [0, 3]],
];

/**
 * The number of values and keys of a JSON body, before it is decoded and parsed; undefined if the encoding is not one
 * of JSON, such as UTF-7, whose decoding can block the event loop for seconds.
 */
export function widthOf(body: Buffer, charset: string): JsonWidth | undefined {
  const encoding = ENCODINGS.find(([name]) => name.test(charset.toLowerCase()));
  if (!encoding) return undefined;
  const [, size, positions] = encoding;
  const widths = positions.map((position) => {
    const width = new JsonWidth();
    width.add(size === 1 ? body : asciiOf(body, size, position));
    return width;
  });
  const widest = widths.reduce((one, other) => (other.values > one.values ? other : one));
  return widths.find(({ problem }) => problem !== undefined) ?? widest;
}

/** One byte for each unit: its ASCII character, or `x` for any other character. */
function asciiOf(body: Buffer, size: number, position: number): Buffer {
  const text = Buffer.alloc(Math.floor(body.length / size), 'x');
  for (let unit = 0, at = 0; unit < text.length; unit++, at += size) {
    let others = 0;
    for (let byte = 0; byte < size; byte++) if (byte !== position) others |= body[at + byte] ?? 0;
    if (others === 0) text[unit] = body[at + position] ?? 0;
  }
  return text;
}
