/**
 * A batch of a session's messages as a subquery: from the position `:after` on, at most `:limit`, and as many as fit
 * into `:bytes`, but at least one. `session` is a parameter, and `where` a further condition.
 */
// Sizes are added up before the texts are read, because a window function copies every column of its rows.
export function messageBatch(session: string, where = ''): string {
  return `
    SELECT message.session_id, message.position, message.role, message.content, message.details, message.id,
      message.turn_id, message.created_at
    FROM (
      SELECT session_id, position, sum(size) OVER (ORDER BY position) AS bytes
      FROM (
        SELECT session_id, position, coalesce(octet_length(content), 0) + coalesce(octet_length(details), 0) AS size
        FROM agent_message WHERE session_id = ${session} AND position >= :after ${where}
        ORDER BY position LIMIT :limit
      ) page
    ) sized JOIN agent_message message
      ON message.session_id = sized.session_id AND message.position = sized.position
    WHERE sized.position = :after OR sized.bytes <= :bytes`;
}
