import { type Signal } from '@preact/signals';
import type { VNode } from 'preact';

import type { OpenSession } from '../state/open-session.js';
import type { TurnView } from '../state/turn-view.js';
import { durationText, Instant } from './instant.js';
import { StatusBadge } from './status-badge.js';

/** The turns with their times, runs and errors, the last one first. */
export function TurnsTable({ open }: { open: OpenSession }): VNode {
  if (open.turns.value.length === 0) return <p class="hint">No turns yet.</p>;
  return (
    <div class="wide" role="region" aria-label="Turns" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {['Turn', 'Status', 'Accepted', 'Waited', 'Took', 'Runs', 'Tokens', 'Error'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {open.turns.value
            .map((turn, index) => <Row key={turn.peek().id} turn={turn} number={index + 1} />)
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}

function Row({ turn, number }: { turn: Signal<TurnView>; number: number }): VNode {
  const { id, status, queuedAt, startedAt, endedAt, attempt, tokens, error, code } = turn.value;
  return (
    <tr>
      <th scope="row" title={id}>
        {number}
      </th>
      <td>
        <StatusBadge status={status} />
      </td>
      <td>
        <Instant at={queuedAt} />
      </td>
      <td>{startedAt === undefined ? '' : durationText(queuedAt, startedAt)}</td>
      <td>{startedAt === undefined || endedAt === undefined ? '' : durationText(startedAt, endedAt)}</td>
      <td>{attempt}</td>
      <td>{tokens}</td>
      <td>
        {error} {code !== undefined && <code>{code}</code>}
      </td>
    </tr>
  );
}
