import { StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';

/** Characters of a response that are written at a time. */
const CHUNK_CHARACTERS = 64 * 1024;

/**
 * A list as a response: unchanged if it is one batch, otherwise written batch by batch, as fast as the client reads.
 * The host's interceptors see a large list as a StreamableFile.
 */
export async function jsonList<T>(batches: AsyncGenerator<T[], void>): Promise<T[] | StreamableFile> {
  const first = await batches.next();
  const second = await batches.next();
  if (second.done) return first.done ? [] : first.value;
  const read = [...(first.done ? [] : [first.value]), second.value];
  const stream = Readable.from(chunks(read, batches), {
    objectMode: false,
    highWaterMark: CHUNK_CHARACTERS,
  });
  return (
    new StreamableFile(stream, { type: 'application/json; charset=utf-8' })
      // The status has been sent, so only closing the connection can show that the response is incomplete.
      .setErrorHandler((_error, response) => {
        (response as unknown as { destroy(): void }).destroy();
      })
      // A client disconnect is not an error.
      .setErrorLogger(() => undefined)
  );
}

async function* chunks<T>(read: T[][], batches: AsyncGenerator<T[], void>): AsyncGenerator<string, void> {
  let chunk = '[';
  let separator = '';
  const texts = async function* () {
    for (const batch of read) yield* batch;
    for await (const batch of batches) yield* batch;
  };
  for await (const item of texts()) {
    chunk += separator + JSON.stringify(item);
    separator = ',';
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}]`;
}
