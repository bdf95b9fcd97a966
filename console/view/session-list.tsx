import type { VNode } from 'preact';

import type { SessionStatus } from '../../src/client/index.js';
import { client } from '../state/connection.js';
import { show, shownId } from '../state/location.js';
import { attempt } from '../state/problem.js';
import {
  hasMore,
  listProblem,
  refreshList,
  sessions,
  showMore,
  statusFilter,
} from '../state/session-list.js';
import { SessionLink } from './session-link.js';

const STATUSES: readonly SessionStatus[] = ['idle', 'running', 'interrupted', 'error'];

async function create(): Promise<void> {
  const created = await client.create();
  show(created.session_id);
  void refreshList();
}

/** The sessions, the last updated first. */
export function SessionList(): VNode {
  return (
    <nav class="list" aria-label="Sessions">
      <div class="list-head">
        <button type="button" class="primary" onClick={() => void attempt(create)}>
          New session
        </button>
        <label>
          Status
          <select
            value={statusFilter.value ?? ''}
            onChange={({ currentTarget: { value } }) => {
              statusFilter.value = STATUSES.find((status) => status === value);
            }}
          >
            <option value="">all</option>
            {STATUSES.map((status) => (
              <option key={status}>{status}</option>
            ))}
          </select>
        </label>
      </div>
      {listProblem.value !== '' && <p class="problem">{listProblem.value}</p>}
      {sessions.value?.length === 0 && <p class="hint">No sessions.</p>}
      <ul>
        {sessions.value?.map((session) => (
          <li key={session.session_id}>
            <SessionLink session={session} isShown={session.session_id === shownId.value} />
          </li>
        ))}
      </ul>
      {hasMore.value && (
        <button type="button" onClick={showMore}>
          Show more sessions
        </button>
      )}
    </nav>
  );
}
