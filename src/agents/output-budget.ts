import { HistoryTooLargeException } from '../exceptions/index.js';
import { JsonBudget, JsonTooLarge } from '../json/json-budget.js';
import { AgentOutputError } from './agent-output-error.js';

/** Size of a message besides its texts, which is less than `maxHistory` counts. */
const MESSAGE_BYTES = 16;

/**
 * Maximum nesting depth of an answer. JSON is read and written recursively; without a limit, an answer could be stored
 * that later requests cannot read.
 */
const MAX_OUTPUT_DEPTH = 500;

/**
 * The size of one answer of an agent, counted while its JSON is made, so that an answer that cannot be recorded is
 * refused before it costs time and memory: JSON of 512 MiB blocks the event loop for seconds.
 */
export class OutputBudget {
  /** The values of fields, one level below their messages. */
  private readonly json: JsonBudget;

  constructor(private readonly maxBytes: number) {
    this.json = new JsonBudget({ bytes: maxBytes, depth: MAX_OUTPUT_DEPTH - 1 });
  }

  /** Calls a function that reads a message; throws an AgentOutputError if the answer is too large. */
  reading<T>(field: string, read: (json: JsonBudget) => T): T {
    try {
      this.json.add('', MESSAGE_BYTES);
      return read(this.json);
    } catch (error) {
      if (error instanceof JsonTooLarge) throw this.tooLarge(field, error);
      throw error;
    }
  }

  private tooLarge(field: string, { limit, message }: JsonTooLarge): AgentOutputError {
    switch (limit) {
      case 'bytes':
        return new AgentOutputError(new HistoryTooLargeException(this.maxBytes).message, 'history_too_large');
      case 'values':
        return new AgentOutputError(`The agent returned an answer that ${message}`);
      case 'keys':
        return new AgentOutputError(`The agent returned ${field} with an object that ${message}`);
      case 'depth':
        return new AgentOutputError(
          `The agent returned ${field} that is nested deeper than ${MAX_OUTPUT_DEPTH} levels`,
        );
    }
  }
}
