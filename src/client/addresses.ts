/** The path of a session. */
export function pathOf(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

/** The parameters that filter a list by metadata. */
export function metadataQuery<T>(metadata: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`metadata[${key}]`, value]));
}

/** The query of the `Link` to the next page. */
export function nextPage(headers: Headers): URLSearchParams | undefined {
  const [, query] = /<[^>]*\?([^>]*)>;\s*rel="?next/.exec(headers.get('link') ?? '') ?? [];
  return query === undefined ? undefined : new URLSearchParams(query);
}
