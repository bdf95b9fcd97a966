/** The schema of an answer to `tool_approval`. */
export const TOOL_APPROVAL_SCHEMA = {
  type: 'object',
  required: ['approved'],
  properties: { approved: { type: 'boolean' }, reason: { type: ['string', 'null'] } },
} as const satisfies Record<string, unknown>;

/** The schema of an answer to `user_input`. */
export const USER_INPUT_SCHEMA = {
  type: 'object',
  required: ['answers'],
  properties: {
    answers: {
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    },
  },
} as const satisfies Record<string, unknown>;

/** A tool call that a person is asked to approve. */
export interface ToolCallToApprove {
  /** The tool's name. */
  toolName: string;
  /** The tool's arguments, JSON values. */
  toolArgs: Record<string, unknown>;
  /**
   * The id of the model's tool call.
   *
   * @default none
   */
  toolCallId?: string | undefined;
}

/** A person's decision about a tool call. */
export interface ToolApproval {
  /** Whether the call may be made. */
  approved: boolean;
  /** Why, in the person's words. */
  reason?: string | null | undefined;
}

/** One of the options of a question. */
export interface UserInputOption {
  /** What is chosen, and what the answer contains. */
  label: string;
  /** What it means. */
  description: string;
  /**
   * A longer explanation, as Markdown.
   *
   * @default none
   */
  markdown?: string | undefined;
}

/** A question to a person. */
export interface UserInputQuestion {
  /** The question, which is also the key of its answer. */
  question: string;
  /** A short title. */
  header: string;
  /**
   * Whether several options may be chosen.
   *
   * @default false
   */
  multiSelect?: boolean | undefined;
  /** 2 to 4 options; a person may answer with a text of their own as well. */
  options: UserInputOption[];
}

/** A person's answers to questions. */
export interface UserInput {
  /** By question: the label of an option, the labels of several, or a text. */
  answers: Record<string, string | string[]>;
}
