import { createRoot } from 'react-dom/client';

import { Thread } from './thread.jsx';

// The address has the thread's id, so that a reload shows the same thread.
const query = new URLSearchParams(location.search);
const api = query.get('api') ?? 'http://127.0.0.1:8000/ag-ui';
const id = query.get('thread') ?? crypto.randomUUID();
query.set('thread', id);
history.replaceState(null, '', `?${query}`);

createRoot(document.getElementById('thread')).render(<Thread api={api} id={id} />);
