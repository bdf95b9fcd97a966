import type { ClientOptions } from './client-options.js';
import { SessionsClient } from './sessions-client.js';

/**
 * A client of a server, for Node and browsers. Throws a TypeError for a `baseUrl` that is none.
 *
 * @example
 * ```ts
 * const client = createClient({ baseUrl: 'http://127.0.0.1:8000' });
 * const { session_id } = await client.create();
 * const { response } = await client.ask(session_id, 'hello');
 * console.log(response?.content);
 * ```
 */
export function createClient(options: ClientOptions): SessionsClient {
  return new SessionsClient(options);
}
