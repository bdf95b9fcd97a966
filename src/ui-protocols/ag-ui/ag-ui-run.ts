import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import { type AnsweredInterrupt, answerText, approvalCall, isApproved } from '../shown/interrupt-view.js';
import type { CallPiece, Completion, ResultPiece, ShownAction, TextPiece } from '../shown/shown-action.js';
import { answerMessageId } from '../shown/messages-of.js';
import type { AgUiEvent, AgUiOutcome, SnapshotPlace } from './ag-ui-event.js';
import { agUiInterrupt } from './ag-ui-interrupt.js';
import { OpenMessage } from './open-message.js';

/** The request that a run answers. */
export interface AgUiRunRequest {
  threadId: string;
  runId: string;
  /** Whether the client is older than 1.0: it refuses outcomes that it does not know. */
  isOld: boolean;
  /** Calls for which the client has a tool message already. */
  answeredCalls: ReadonlySet<string>;
}

/** Converts what a client is shown of a turn to the events of one AG-UI run, in the order that its clients enforce. */
export class AgUiRun {
  private readonly open = new OpenMessage();
  private readonly calls = new Set<string>();
  private readonly results = new Set<string>();
  /** Approved calls of the agent, whose result the agent may still report. */
  private readonly owed = new Map<string, AnsweredInterrupt>();

  constructor(private readonly request: AgUiRunRequest) {}

  start(): AgUiEvent[] {
    const { threadId, runId, isOld } = this.request;
    return [{ type: 'RUN_STARTED', threadId, runId, ...(isOld ? {} : { protocolVersion: '1.0' }) }];
  }

  /** Takes note of what the client has been shown by a snapshot or by earlier runs. */
  skip(actions: readonly ShownAction[]): void {
    for (const action of actions) this.write(action);
    this.open.close();
  }

  /** Ends the run without a change of the turn. */
  finish(outcome: AgUiOutcome, usage?: { total_tokens: number } | null): AgUiEvent[] {
    const { threadId, runId } = this.request;
    return [
      ...this.open.close(),
      {
        type: 'RUN_FINISHED',
        threadId,
        runId,
        outcome,
        ...(usage ? { usage: [{ totalTokens: usage.total_tokens }] } : {}),
      },
    ];
  }

  /** Ends the run because the stream ends early, or the turn has failed. */
  fail(message: string, code: string): AgUiEvent[] {
    return [{ type: 'RUN_ERROR', message, code }];
  }

  write(action: ShownAction): (AgUiEvent | SnapshotPlace)[] {
    switch (action.kind) {
      case 'text':
      case 'reasoning':
        return this.text(action);
      case 'call':
        return this.call(action);
      case 'result':
        return this.result(action);
      case 'own':
        return [...this.open.close(), { type: 'CUSTOM', name: action.name, value: action.value }];
      case 'interrupted':
        return this.interrupted(action.interrupts);
      case 'answered':
        return action.answers.flatMap((answer) => this.answered(answer));
      case 'restated':
        return [...this.open.close(), { type: 'snapshot', ofTurn: action.messages }];
      case 'completed':
        return this.completed(action);
      case 'failed':
        return action.code === 'cancelled' && !this.request.isOld
          ? this.finish({ type: 'cancelled' })
          : this.fail(action.error, action.code);
      case 'deleted':
        return this.fail('The session was deleted', 'session_not_found');
    }
  }

  private text({ kind, messageId, delta }: TextPiece): AgUiEvent[] {
    return this.open.add(kind, messageId, delta);
  }

  private call({ callId, name, args, messageId }: CallPiece): AgUiEvent[] {
    if (this.calls.has(callId)) return [];
    this.calls.add(callId);
    return [
      ...this.open.close(),
      { type: 'TOOL_CALL_START', toolCallId: callId, toolCallName: name, parentMessageId: messageId },
      { type: 'TOOL_CALL_ARGS', toolCallId: callId, delta: args },
      { type: 'TOOL_CALL_END', toolCallId: callId },
    ];
  }

  private result({ messageId, callId, content }: ResultPiece): AgUiEvent[] {
    this.owed.delete(callId);
    if (this.results.has(callId) || this.request.answeredCalls.has(callId)) return [];
    this.results.add(callId);
    return [
      ...this.open.close(),
      { type: 'TOOL_CALL_RESULT', messageId, toolCallId: callId, content, role: 'tool' },
    ];
  }

  private interrupted(interrupts: SessionInterrupt[]): AgUiEvent[] {
    const calls = interrupts.flatMap((interrupt) => {
      const call = approvalCall(interrupt);
      return call ? this.call({ kind: 'call', messageId: interrupt.interrupt_id, ...call }) : [];
    });
    return [...calls, ...this.finish({ type: 'interrupt', interrupts: interrupts.map(agUiInterrupt) })];
  }

  private answered(answer: AnsweredInterrupt): AgUiEvent[] {
    const call = approvalCall(answer.interrupt);
    if (!call) return [];
    if (!call.isAgents || !isApproved(answer.value)) return this.answer(call.callId, answer);
    this.owed.set(call.callId, answer);
    return [];
  }

  /** The answer to an approval, as the result of its call. */
  private answer(callId: string, { interrupt, value }: AnsweredInterrupt): AgUiEvent[] {
    const messageId = answerMessageId(interrupt.interrupt_id);
    return this.result({ kind: 'result', messageId, callId, content: answerText(value) });
  }

  private completed({ unsent, differs, usage }: Completion): (AgUiEvent | SnapshotPlace)[] {
    const missing = unsent.flatMap((piece) => this.write(piece));
    const owed = [...this.owed].flatMap(([callId, answer]) => this.answer(callId, answer));
    return [
      ...missing,
      ...owed,
      ...this.open.close(),
      ...(differs ? [{ type: 'snapshot' } as const] : []),
      ...this.finish({ type: 'success' }, usage),
    ];
  }
}
