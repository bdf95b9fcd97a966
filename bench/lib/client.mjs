import http from 'node:http';
import { performance } from 'node:perf_hooks';

/** A client of a server with this HTTP contract, on its own connections. */
export class Client {
  #agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });

  constructor(url) {
    this.url = url;
  }

  /** Creates a session and returns its id. */
  async createSession() {
    return (await this.request('POST', '/sessions', {})).session_id;
  }

  /** Sends a message; resolves when the server has accepted it. */
  async send(sessionId, content) {
    await this.request('POST', `/sessions/${sessionId}/messages`, { content });
  }

  /** Waits for the end of the turn and returns the session. */
  async wait(sessionId) {
    return this.request('GET', `/sessions/${sessionId}?wait=true`);
  }

  /** Duration of one turn, from POST to the answer, in ms. */
  async turn(sessionId) {
    const start = performance.now();
    await this.send(sessionId, 'hello');
    const session = await this.wait(sessionId);
    const took = performance.now() - start;
    if (session.status !== 'idle' || session.response?.content !== 'echo: hello') {
      throw new Error(`A turn ended with ${JSON.stringify(session)}`);
    }
    return took;
  }

  /** The JSON of a successful response. `onSocket` is called when the request has its connection. */
  request(method, path, body, onSocket) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const request = http.request(this.url + path, { method, agent: this.#agent, headers }, (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (answer += chunk));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode < 300) resolve(answer === '' ? undefined : JSON.parse(answer));
          else
            reject(new Error(`${method} ${path} answered ${response.statusCode}: ${answer.slice(0, 200)}`));
        });
      });
      request.on('error', reject);
      if (onSocket) request.on('socket', onSocket);
      request.end(text);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
