import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { client } from '../state/connection.js';
import { show } from '../state/location.js';
import type { OpenSession } from '../state/open-session.js';
import { attempt, problem } from '../state/problem.js';
import { refreshList } from '../state/session-list.js';
import { Composer } from './composer.js';
import { Conversation } from './conversation.js';
import { Deliveries } from './deliveries.js';
import { EventLog } from './event-log.js';
import { StatusBadge } from './status-badge.js';
import { titleOf } from './session-link.js';
import { Tabs } from './tabs.js';
import { TurnsTable } from './turns-table.js';

/** One session: its conversation, turns, deliveries and log. */
export function SessionView({ open }: { open: OpenSession }): VNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    problem.value = '';
    heading.current?.focus();
  }, []);
  const session = open.session.value;
  return (
    <>
      <div class="session-head">
        <a class="back" href="#">
          All sessions
        </a>
        <h2 ref={heading} tabIndex={-1}>
          {titleOf(session?.metadata) ?? <code>{open.id}</code>}
        </h2>
        {session && <StatusBadge status={session.status} />}
        <button type="button" onClick={() => void remove(open.id)}>
          Delete
        </button>
      </div>
      {open.isDeleted.value && <p class="problem">This session was deleted.</p>}
      {open.problem.value !== '' && (
        <p class="problem">
          {open.problem.value}{' '}
          <button
            type="button"
            onClick={() => {
              open.start();
            }}
          >
            Try again
          </button>
        </p>
      )}
      <p role="status" class="unseen">
        {open.news.value}
      </p>
      <Tabs
        label="Parts of the session"
        tabs={[
          { name: 'Conversation', panel: () => <Talk open={open} /> },
          { name: 'Turns', panel: () => <TurnsTable open={open} /> },
          { name: 'Deliveries', panel: () => <Deliveries open={open} /> },
          { name: 'Log', panel: () => <EventLog open={open} /> },
        ]}
      />
    </>
  );
}

function Talk({ open }: { open: OpenSession }): VNode {
  return (
    <div class="talk">
      <Conversation open={open} />
      <Composer open={open} />
    </div>
  );
}

async function remove(id: string): Promise<void> {
  if (!confirm('Delete this session with its history?')) return;
  const isDone = await attempt(() => client.delete(id));
  if (!isDone) return;
  show('');
  void refreshList();
}
