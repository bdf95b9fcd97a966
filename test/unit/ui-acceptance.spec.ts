import { describe, expect, it } from '@jest/globals';

import { decideAgUi } from '../../src/ui-protocols/acceptance/decide-ag-ui.js';
import { decideAiSdk } from '../../src/ui-protocols/acceptance/decide-ai-sdk.js';
import type { KnownTurn } from '../../src/ui-protocols/acceptance/decision.js';
import { checkedAgUiInput } from '../../src/ui-protocols/ag-ui/ag-ui-input.js';
import { checkedChatRequest } from '../../src/ui-protocols/ai-sdk/chat-request.js';
import { derivedSessionId } from '../../src/ui-protocols/sessions/derived-id.js';

const turn = (status: KnownTurn['status'], runId = 'r1'): KnownTurn => ({ turnId: 't1', status, runId });
const approval = (interrupt_id: string) => ({ interrupt_id, type: 'tool_approval', payload: {} });
const question = (interrupt_id: string) => ({ interrupt_id, type: 'user_input', payload: {} });
const resolved = (interruptId: string, payload: unknown) =>
  ({ interruptId, status: 'resolved', payload }) as const;
const abandoned = (interruptId: string) => ({ interruptId, status: 'cancelled' }) as const;

describe('what an AG-UI request means', () => {
  const asks = (
    request: Partial<Parameters<typeof decideAgUi>[0]>,
    standing: Partial<Parameters<typeof decideAgUi>[1]>,
  ) => decideAgUi({ runId: 'r2', resume: [], hasNewest: true, ...request }, { interrupts: [], ...standing });

  it('a message that is new starts a turn, unless one is unfinished', () => {
    expect(asks({}, {})).toEqual({ do: 'send' });
    expect(asks({}, { open: turn('running') })).toEqual({ do: 'refuse', why: 'busy' });
    expect(asks({}, { open: turn('interrupted') })).toEqual({ do: 'refuse', why: 'busy' });
  });

  it('a message that is known shows its turn, in every state', () => {
    expect(asks({}, { open: turn('queued'), asked: turn('queued') })).toEqual({ do: 'show', turnId: 't1' });
    expect(asks({}, { open: turn('interrupted'), asked: turn('interrupted') })).toEqual({
      do: 'wait',
      turnId: 't1',
    });
    expect(asks({}, { asked: turn('completed') })).toEqual({ do: 'nothing' });
  });

  it('a message whose turn failed is run again by another run, and reported again by the same', () => {
    expect(asks({ runId: 'r1' }, { asked: turn('failed') })).toEqual({ do: 'report', turnId: 't1' });
    expect(asks({ runId: 'r2' }, { asked: turn('cancelled') })).toMatchObject({ do: 'send' });
  });

  it('a request with nothing new shows the present state', () => {
    expect(asks({ hasNewest: false }, {})).toEqual({ do: 'nothing' });
    expect(asks({ hasNewest: false }, { open: turn('running') })).toEqual({ do: 'show', turnId: 't1' });
    expect(asks({ hasNewest: false }, { open: turn('interrupted') })).toEqual({ do: 'wait', turnId: 't1' });
  });

  it('answers must cover every pending interrupt', () => {
    const standing = { open: turn('interrupted'), interrupts: [approval('a'), approval('b')] };
    expect(asks({ resume: [resolved('a', 1)] }, standing)).toEqual({ do: 'refuse', why: 'answers_missing' });
    expect(asks({ resume: [resolved('a', 1), abandoned('b'), resolved('old', 3)] }, standing)).toEqual({
      do: 'resume',
      turnId: 't1',
      answers: [
        { interruptId: 'a', value: 1 },
        { interruptId: 'b', value: { approved: false } },
      ],
    });
  });

  it('a question that is no approval and is abandoned cancels the turn', () => {
    const standing = { open: turn('interrupted'), interrupts: [question('q')] };
    expect(asks({ resume: [abandoned('q')] }, standing)).toEqual({ do: 'cancel', turnId: 't1' });
  });

  it('answers that came before show what has come of them', () => {
    const asked = turn('running');
    expect(asks({ resume: [resolved('a', 1)], hasNewest: false }, { open: asked, asked })).toEqual({
      do: 'show',
      turnId: 't1',
    });
    expect(asks({ resume: [resolved('a', 1)] }, { asked: turn('failed') })).toEqual({
      do: 'report',
      turnId: 't1',
    });
  });
});

describe('what an AI SDK request means', () => {
  const asks = (
    request: Partial<Parameters<typeof decideAiSdk>[0]>,
    standing: Partial<Parameters<typeof decideAiSdk>[1]>,
  ) =>
    decideAiSdk(
      { isRegeneration: false, isUsers: true, parts: [], ...request },
      { interrupts: [], ...standing },
    );

  it('a message that is new starts a turn, unless one is unfinished', () => {
    expect(asks({}, {})).toEqual({ do: 'send' });
    expect(asks({}, { open: turn('running') })).toEqual({ do: 'refuse', why: 'busy' });
  });

  it('a message that is known shows its turn, unless the turn failed: then it is run again', () => {
    expect(asks({}, { asked: turn('running'), open: turn('running') })).toEqual({ do: 'show', turnId: 't1' });
    expect(asks({}, { asked: turn('completed') })).toEqual({ do: 'show', turnId: 't1' });
    expect(asks({ isRegeneration: true }, { asked: turn('failed') })).toMatchObject({ do: 'send' });
  });

  it('a turn that completed is not regenerated', () => {
    expect(asks({ isRegeneration: true }, { asked: turn('completed') })).toEqual({
      do: 'refuse',
      why: 'cannot_regenerate',
    });
  });

  it('a message of the assistant must answer something that is pending', () => {
    const standing = { open: turn('interrupted'), asked: turn('interrupted'), interrupts: [approval('a')] };
    const parts = [
      { type: 'dynamic-tool', state: 'approval-responded', approval: { id: 'a', approved: true } },
    ];
    expect(asks({ isUsers: false, parts }, standing)).toEqual({
      do: 'resume',
      turnId: 't1',
      answers: [{ interruptId: 'a', value: { approved: true } }],
    });
    expect(asks({ isUsers: false }, standing)).toEqual({ do: 'refuse', why: 'nothing_answered' });
  });
});

describe('the requests of clients', () => {
  const user = { id: 'u1', role: 'user', content: 'hi' };
  const input = { threadId: 't', runId: 'r', messages: [user] };

  it.each([
    [{ ...input, threadId: '' }, 'threadId'],
    [{ ...input, runId: 7 }, 'runId'],
    [{ ...input, messages: 'hi' }, 'messages'],
    [{ ...input, messages: [{ role: 'user' }] }, 'messages[0].id'],
    [{ ...input, messages: [{ id: 'u', role: 'ghost' }] }, 'messages[0].role'],
    [{ ...input, messages: [{ ...user, content: 7 }] }, 'messages[0].content'],
    [{ ...input, messages: [{ ...user, content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
    [{ ...input, resume: [{ interruptId: 'i', status: 'maybe' }] }, 'resume[0].status'],
    [{ ...input, protocolVersion: 1 }, 'protocolVersion'],
    [{ ...input, state: '\u0000' }, 'state'],
  ])('an AG-UI request is refused by the name of its bad field: %j', (body, field) => {
    expect(() => checkedAgUiInput(body)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    expect(problemOf(() => checkedAgUiInput(body))).toContain(field);
  });

  it.each([
    [{ messages: [] }, 'id'],
    [{ id: 'c', messages: [] }, 'messages'],
    [{ id: 'c', message: { id: 'm', role: 'user' } }, 'message.parts'],
    [{ id: 'c', messages: [{ id: 'm', role: 'system', parts: [] }] }, 'messages[0].role'],
    [{ id: 'c', messages: [{ role: 'user', parts: [] }] }, 'messages[0].id'],
    [{ id: 'c', trigger: 'x', messages: [{ id: 'm', role: 'user', parts: [] }] }, 'trigger'],
  ])('an AI SDK request is refused by the name of its bad field: %j', (body, field) => {
    expect(problemOf(() => checkedChatRequest(body))).toContain(field);
  });

  it('texts are joined, an inline image is taken, and a part that cannot be used is skipped', () => {
    const content = [
      { type: 'text', text: 'a' },
      { type: 'audio', source: {} },
      { type: 'image', source: { type: 'url', value: 'https://example.com/a.png' } },
      { type: 'image', source: { type: 'data', value: 'AAAA', mimeType: 'image/png' } },
      { type: 'text', text: 'b' },
    ];
    const { message } = checkedAgUiInput({
      ...input,
      state: { n: 1 },
      tools: [],
      messages: [{ ...user, content }],
    });
    expect(message?.request).toEqual({
      role: 'user',
      content: 'ab',
      base64_image: 'AAAA',
      user_params: { state: { n: 1 } },
    });
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AAAA' },
      { type: 'file', mediaType: 'text/plain', url: 'data:text/plain;base64,BBBB' },
    ];
    const chat = checkedChatRequest({
      id: 'c',
      messages: [{ id: 'm', role: 'user', parts }],
      style: 'brief',
    });
    expect(chat.request).toEqual({
      role: 'user',
      content: 'a',
      base64_image: 'AAAA',
      user_params: { style: 'brief' },
    });
  });

  it('the session of an id depends on module and owner, and is always the same', () => {
    const id = derivedSessionId('any ☃ id', 'default', 'ada');
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(derivedSessionId('any ☃ id', 'default', 'ada')).toBe(id);
    expect(derivedSessionId('any ☃ id', 'default', 'bob')).not.toBe(id);
    expect(derivedSessionId('any ☃ id', 'other', 'ada')).not.toBe(id);
    expect(derivedSessionId('any ☃ id', 'default', undefined)).not.toBe(id);
  });
});

function problemOf(action: () => unknown): string {
  try {
    action();
    return '';
  } catch (error) {
    return String((error as { response: { message: string[] } }).response.message[0]);
  }
}
