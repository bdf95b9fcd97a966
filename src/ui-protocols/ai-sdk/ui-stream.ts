import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import { type AnsweredInterrupt, approvalCall, callIdOf, isApproved } from '../shown/interrupt-view.js';
import type { CallPiece, Completion, ResultPiece, ShownAction, TextPiece } from '../shown/shown-action.js';
import type { UiChunk, UiMetadata } from './ui-chunk.js';
import { UiSteps } from './ui-steps.js';

/** Converts what a client is shown of a turn to the chunks of one assistant message, in the order that clients enforce. */
export class UiStream {
  private readonly steps = new UiSteps();
  private readonly calls = new Set<string>();
  private readonly metadata: UiMetadata;

  constructor(sessionId: string, turnId: string) {
    this.metadata = { session_id: sessionId, turn_id: turnId };
  }

  /** The beginning of every stream and replay: the same message each time. */
  start(): UiChunk[] {
    return [{ type: 'start', messageId: this.metadata.turn_id, messageMetadata: this.metadata }];
  }

  /** Takes note of what the client has been shown by earlier streams. */
  skip(actions: readonly ShownAction[]): void {
    for (const action of actions) this.write(action);
    this.steps.finish();
  }

  /** Ends a stream of a turn that still waits for answers. */
  waiting(): UiChunk[] {
    return [...this.steps.finish(), this.finish('tool-calls')];
  }

  write(action: ShownAction): UiChunk[] {
    switch (action.kind) {
      case 'text':
      case 'reasoning':
        return this.text(action);
      case 'call':
        return this.call(action);
      case 'result':
        return this.result(action);
      case 'own':
        return [{ type: `data-${action.name}`, data: action.value, transient: true }];
      case 'interrupted':
        return [...action.interrupts.flatMap((interrupt) => this.ask(interrupt)), ...this.waiting()];
      case 'answered':
        return action.answers.flatMap((answer) => this.answered(answer));
      case 'restated':
        // A stream cannot take back what it has shown; the next load does.
        return [];
      case 'completed':
        return this.completed(action);
      case 'failed':
        return action.code === 'cancelled'
          ? [...this.steps.finish(), { type: 'abort' }]
          : this.failed(action.error);
      case 'deleted':
        return this.failed('The session was deleted');
    }
  }

  private text({ kind, messageId, delta }: TextPiece): UiChunk[] {
    return delta === '' ? [] : this.steps.text(kind, messageId, delta);
  }

  private call({ callId, name, args }: CallPiece): UiChunk[] {
    if (this.calls.has(callId)) return [];
    this.calls.add(callId);
    const call = { toolCallId: callId, toolName: name, dynamic: true } as const;
    return [...this.steps.call(), inputChunk(call, args)];
  }

  private result({ callId, content }: ResultPiece): UiChunk[] {
    // Clients refuse the result of a call that they do not know.
    if (!this.calls.has(callId)) return [];
    return [
      ...this.steps.result(),
      { type: 'tool-output-available', toolCallId: callId, output: content, dynamic: true },
    ];
  }

  private ask(interrupt: SessionInterrupt): UiChunk[] {
    const { interrupt_id: id, type, payload } = interrupt;
    const call = approvalCall(interrupt);
    if (!call) {
      return this.call({
        kind: 'call',
        messageId: id,
        callId: id,
        name: type,
        args: JSON.stringify(payload),
      });
    }
    return [
      ...this.call({ kind: 'call', messageId: id, ...call }),
      { type: 'tool-approval-request', approvalId: id, toolCallId: call.callId },
    ];
  }

  private answered({ interrupt, value }: AnsweredInterrupt): UiChunk[] {
    const toolCallId = callIdOf(interrupt);
    if (!this.calls.has(toolCallId)) return [];
    const isDenied = approvalCall(interrupt) !== undefined && !isApproved(value);
    return [
      ...this.steps.result(),
      isDenied
        ? { type: 'tool-output-denied', toolCallId }
        : { type: 'tool-output-available', toolCallId, output: value ?? null, dynamic: true },
    ];
  }

  private completed({ unsent, rewritten, usage }: Completion): UiChunk[] {
    return [
      ...unsent.flatMap((piece) => this.write(piece)),
      ...rewritten.flatMap((piece) => [...this.steps.closeText(), ...this.write(piece)]),
      // The last step must not be one of finished tools: clients that send automatically would send again for ever.
      ...this.steps.afterResults(),
      ...this.steps.finish(),
      this.finish('stop', usage),
    ];
  }

  private failed(errorText: string): UiChunk[] {
    return [...this.steps.finish(), { type: 'error', errorText }, this.finish('error')];
  }

  private finish(
    finishReason: 'stop' | 'tool-calls' | 'error',
    usage?: { total_tokens: number } | null,
  ): UiChunk {
    const messageMetadata = usage ? { ...this.metadata, usage } : this.metadata;
    return { type: 'finish', finishReason, messageMetadata };
  }
}

/** The input of a tool as JSON; an error if it is none. */
function inputChunk(call: { toolCallId: string; toolName: string; dynamic: true }, args: string): UiChunk {
  if (args.trim() === '') return { type: 'tool-input-available', ...call, input: {} };
  try {
    return { type: 'tool-input-available', ...call, input: JSON.parse(args) as unknown };
  } catch {
    const errorText = 'The arguments of the tool call are not valid JSON';
    return { type: 'tool-input-error', ...call, input: args, errorText };
  }
}
