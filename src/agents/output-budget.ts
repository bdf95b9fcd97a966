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

  addMessage(): void {
    this.count(MESSAGE_BYTES, undefined);
  }

  /** Throws an AgentOutputError if the answer is too large. */
  add(text: string): void {
    this.count(0, text);
  }

  /** The JSON text of a field; undefined if it has none. Throws an AgentOutputError as soon as the answer is too large. */
  stringify(value: unknown): string | undefined {
    const count = this.count.bind(this);
    const text: unknown = JSON.stringify(value, function (this: unknown, key, item: unknown) {
      if (item !== undefined) count(Array.isArray(this) ? 0 : key.length, item);
      return item;
    });
    return text as string | undefined;
  }

  private count(bytes: number, item: unknown): void {
    this.values++;
    this.bytes += bytes + (typeof item === 'string' ? item.length : 0);
    if (this.bytes > this.maxBytes) {
      const { message } = new HistoryTooLargeException(this.maxBytes);
      throw new AgentOutputError(message, 'history_too_large');
    }
    if (this.values > MAX_JSON_VALUES) {
      throw new AgentOutputError(`The agent returned an answer that ${TOO_MANY_VALUES}`);
    }
  }
}
