/** The outcome of a request to cancel. */
export type CancelOutcome =
  | { outcome: 'cancelled'; turnId: string; owner?: string; hasWebhook?: true }
  | { outcome: 'nothing_running' }
  | { outcome: 'turn_mismatch'; turnId: string }
  | { outcome: 'session_not_found' };

/** The outcome of writing a run's result. */
export type CompleteOutcome =
  | 'completed'
  /** The run has lost its turn; nothing is written. */
  | 'lost'
  /** The history would be larger than `maxHistory`; nothing is written. */
  | 'history_too_large';
