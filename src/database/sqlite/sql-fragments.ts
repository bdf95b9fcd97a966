/** Whether a session has not expired; `@ttl` (microseconds or null) limits its life. */
export const ALIVE = `(@ttl IS NULL OR s.status IN ('running', 'interrupted') OR s.settled_at > @now - @ttl)`;

/** Whether session `s` has the id `@id`, this module and owner (null: any), and has not expired. */
export const SCOPED = `s.id = @id AND s.module = @module AND (@owner IS NULL OR s.owner = @owner) AND ${ALIVE}`;

export const INSERT_MESSAGE = `
  INSERT INTO agent_message (session_id, position, role, content, details)
  VALUES (@sessionId, @position, @role, @content, @details)`;
