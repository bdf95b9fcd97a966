import { HistoryTooLargeException } from '../exceptions/index.js';
import { MAX_JSON_VALUES, TOO_MANY_VALUES } from '../json/json-safety.js';
import { AgentOutputError } from './agent-output-error.js';

/** Size of a message besides its texts, which is less than `maxHistory` counts. */
const MESSAGE_BYTES = 16;

/**
 * The size of one answer of an agent, counted while its JSON is made, so that an answer that cannot be recorded is
 * refused before it costs time and memory: JSON of 512 MiB blocks the event loop for seconds.
 */
export class OutputBudget {
  private values = 0;
  /** At most what `maxHistory` counts. */
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** The JSON text of a message. Throws an AgentOutputError as soon as the answer is too large. */
  stringify(message: Record<string, unknown>): string {
    const count = this.count.bind(this);
    this.bytes += MESSAGE_BYTES;
    return JSON.stringify(message, function (this: unknown, key, item: unknown) {
      count(Array.isArray(this) ? 0 : key.length, item);
      return item;
    });
  }

  private count(keyLength: number, item: unknown): void {
    if (item === undefined) return;
    this.values++;
    this.bytes += keyLength + (typeof item === 'string' ? item.length : 0);
    if (this.bytes > this.maxBytes) {
      const { message } = new HistoryTooLargeException(this.maxBytes);
      throw new AgentOutputError(message, 'history_too_large');
    }
    if (this.values > MAX_JSON_VALUES) {
      throw new AgentOutputError(`The agent returned an answer that ${TOO_MANY_VALUES}`);
    }
  }
}
