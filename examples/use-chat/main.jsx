import { createRoot } from 'react-dom/client';

import { Chat } from './chat.jsx';

// The address has the chat's id, so that a reload shows the same chat.
const query = new URLSearchParams(location.search);
const api = query.get('api') ?? 'http://127.0.0.1:8000/ai-sdk';
const id = query.get('chat') ?? crypto.randomUUID();
query.set('chat', id);
history.replaceState(null, '', `?${query}`);

const response = await fetch(`${api}/${id}/messages`);
createRoot(document.getElementById('chat')).render(
  <Chat api={api} id={id} messages={await response.json()} />,
);
