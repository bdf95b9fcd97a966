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
    await this.#answered(sessionId, 'echo: hello');
    return performance.now() - start;
  }

  /** Duration of a turn of ten steps, in ms. */
  async steps(sessionId) {
    const start = performance.now();
    await this.send(sessionId, 'steps');
    await this.#answered(sessionId, 'echo: steps');
    return performance.now() - start;
  }

  /** Duration of a turn that asks a question, from POST to the answer after its resumption, in ms. */
  async askAndResume(sessionId) {
    const start = performance.now();
    await this.send(sessionId, 'ask');
    const { status, interrupts } = await this.wait(sessionId);
    if (status !== 'interrupted') throw new Error(`A turn that should wait is ${status}`);
    const [{ interrupt_id }] = interrupts;
    await this.request('POST', `/sessions/${sessionId}/resume`, { interrupt_id, value: 'yes' });
    await this.#answered(sessionId, 'echo: ask');
    return performance.now() - start;
  }

  async #answered(sessionId, answer) {
    const session = await this.wait(sessionId);
    if (session.status !== 'idle' || session.response?.content !== answer) {
      throw new Error(`A turn ended with ${JSON.stringify(session)}`);
    }
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
