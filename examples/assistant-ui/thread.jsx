import { HttpAgent } from '@ag-ui/client';
import {
  AssistantRuntimeProvider,
  AuiIf,
  ComposerPrimitive,
  MessagePrimitive,
  ThreadPrimitive,
} from '@assistant-ui/react';
import { useAgUiRuntime } from '@assistant-ui/react-ag-ui';
import { useState } from 'react';

// The server keeps the history. A run without messages shows it, and goes on with a turn that runs.
const history = {
  load: async () => ({ messages: [], unstable_resume: true }),
  append: async () => {},
};

export function Thread({ api, id }) {
  const [agent] = useState(() => new HttpAgent({ url: api, threadId: id }));
  const [error, setError] = useState('');
  const runtime = useAgUiRuntime({
    agent,
    adapters: { history },
    onError: ({ message }) => setError(message),
  });
  // `ComposerPrimitive.Cancel` would only stop listening.
  const stop = () => fetch(`${api}/${id}/cancel`, { method: 'POST' });
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Messages components={{ UserMessage, AssistantMessage }} />
        {error && <p role="alert">{error}</p>}
        <ComposerPrimitive.Root onSubmit={() => setError('')}>
          <ComposerPrimitive.Input />
          <AuiIf condition={({ thread }) => !thread.isRunning}>
            <ComposerPrimitive.Send>Send</ComposerPrimitive.Send>
          </AuiIf>
          <AuiIf condition={({ thread }) => thread.isRunning}>
            <button type="button" onClick={stop}>
              Stop
            </button>
          </AuiIf>
        </ComposerPrimitive.Root>
      </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
  );
}

function UserMessage() {
  return (
    <MessagePrimitive.Root className="user">
      <MessagePrimitive.Parts />
    </MessagePrimitive.Root>
  );
}

function AssistantMessage() {
  return (
    <MessagePrimitive.Root className="assistant">
      <MessagePrimitive.Parts components={{ Text, tools: { Fallback: Tool } }} />
    </MessagePrimitive.Root>
  );
}

function Text({ text }) {
  return <span className="text">{text}</span>;
}

function Tool({ toolName, args, result, approval, respondToApproval }) {
  const isAsked = approval && approval.approved === undefined;
  return (
    <div className="tool">
      {toolName} {JSON.stringify(args)} {result !== undefined && JSON.stringify(result)}
      {isAsked && (
        <>
          <button onClick={() => respondToApproval({ approved: true })}>Approve</button>
          <button onClick={() => respondToApproval({ approved: false })}>Decline</button>
        </>
      )}
    </div>
  );
}
