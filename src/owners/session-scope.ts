/**
 * Whose sessions an operation may see. Every look-up by a session's id takes one, so that another module's or
 * another owner's session is never found.
 */
export interface SessionScope {
  /** Undefined for all owners. */
  owner?: string;
}
