/** An agent broke its contract; the message says what was expected. */
export class AgentOutputError extends Error {
  override readonly name = 'AgentOutputError';

  constructor(
    message: string,
    /** The code of a turn that ends with this error. */
    readonly code: 'output_rejected' | 'history_too_large' = 'output_rejected',
  ) {
    super(message);
  }

  /** The message for logs: without the text that it quotes of the answer. */
  get withoutQuotes(): string {
    return this.message.replace(/"(?!function")(?:\\.|[^"\\])*"/g, '"…"');
  }
}
