import type { VNode } from 'preact';

import type { SessionSummary } from '../../src/client/index.js';
import { Instant } from './instant.js';
import { StatusBadge } from './status-badge.js';

/** One session of the list. */
export function SessionLink({ session, isShown }: { session: SessionSummary; isShown: boolean }): VNode {
  const { session_id: id, status, total_messages: count, updated_at: updated, metadata } = session;
  return (
    <a href={`#${encodeURIComponent(id)}`} aria-current={isShown ? 'page' : undefined}>
      <span class="title">{titleOf(metadata) ?? <code>{id}</code>}</span>
      <span class="facts">
        <StatusBadge status={status} />
        <span>{count === 1 ? '1 message' : `${count} messages`}</span>
        <Instant at={updated} />
      </span>
    </a>
  );
}

/** What many applications call a conversation. */
export function titleOf(metadata: Record<string, unknown> | undefined): string | undefined {
  const { title } = metadata ?? {};
  return typeof title === 'string' && title.trim() !== '' ? title : undefined;
}
