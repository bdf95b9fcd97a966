import type { VNode } from 'preact';

import { problem } from '../state/problem.js';

/** Why the last action failed. */
export function ProblemBanner(): VNode {
  // The element stays, because screen readers only read what changes within it.
  return (
    <div role="alert">
      {problem.value !== '' && (
        <p class="problem">
          {problem.value}{' '}
          <button
            type="button"
            onClick={() => {
              problem.value = '';
            }}
          >
            Dismiss
          </button>
        </p>
      )}
    </div>
  );
}
