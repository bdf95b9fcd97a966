import { findSourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Makes the stacks of errors name the lines of the TypeScript. Node does that, too, but calls a function without
 * a name `<anonymous>`, and Jest leaves such lines out, which are all that a failing `describe` has.
 */
export function useOriginalStacks() {
  process.setSourceMapsEnabled(true);
  Error.prepareStackTrace = (error, frames) =>
    [`${error.name ?? 'Error'}: ${error.message ?? ''}`, ...frames.map(originalLine)].join('\n    at ');
}

function originalLine(frame) {
  const [file, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()];
  const origin = file && findSourceMap(file)?.findOrigin(line, column);
  if (!origin?.fileName) return String(frame);
  const position = `${fileURLToPath(origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}`;
  return String(frame).replace(`${file}:${line}:${column}`, position);
}
