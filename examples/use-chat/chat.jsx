import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai';

export function Chat({ api, id, messages }) {
  // Without a turn to go on with, the messages may be older than the end of the last one.
  const request = async (...args) => {
    const response = await fetch(...args);
    if (response.status === 204) chat.setMessages(await (await fetch(`${api}/${id}/messages`)).json());
    return response;
  };
  const chat = useChat({
    id,
    messages,
    resume: true,
    transport: new DefaultChatTransport({ api, fetch: request }),
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  });
  const isBusy = chat.status === 'submitted' || chat.status === 'streaming';
  // `chat.stop` would only stop listening.
  const stop = () => fetch(`${api}/${id}/cancel`, { method: 'POST' });
  const send = (event) => {
    event.preventDefault();
    const text = new FormData(event.target).get('text');
    event.target.reset();
    chat.sendMessage({ text });
  };
  return (
    <>
      {chat.messages.map((message) => (
        <article key={message.id} className={message.role}>
          {message.parts.map((part, index) => (
            <Part key={index} part={part} answer={chat.addToolApprovalResponse} />
          ))}
        </article>
      ))}
      {chat.error && (
        <p role="alert">
          {chat.error.message} <button onClick={() => chat.regenerate()}>Try again</button>
        </p>
      )}
      <form onSubmit={send}>
        <input name="text" required disabled={isBusy} />
        {isBusy ? (
          <button type="button" onClick={stop}>
            Stop
          </button>
        ) : (
          <button>Send</button>
        )}
      </form>
    </>
  );
}

function Part({ part, answer }) {
  if (part.type === 'text') return <span className="text">{part.text}</span>;
  if (part.type !== 'dynamic-tool') return null;
  return (
    <div className="tool" data-state={part.state}>
      {part.toolName} {JSON.stringify(part.input)} {part.state === 'output-available' && String(part.output)}
      {part.state === 'approval-requested' && (
        <>
          <button onClick={() => answer({ id: part.approval.id, approved: true })}>Approve</button>
          <button onClick={() => answer({ id: part.approval.id, approved: false })}>Decline</button>
        </>
      )}
    </div>
  );
}
