/**
 * The sessions that an operation may access. Every look-up by a session's id takes a scope, so that a session of
 * another module or owner is never found.
 */
export interface SessionScope {
  /** Undefined for all owners. */
  owner?: string;
}
