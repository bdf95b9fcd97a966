import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The fields of a chat completions request that the tests read. */
export interface CompletionRequest {
  authorization: string | undefined;
  model: string;
  tools: { function: { name: string; parameters: { required?: string[] } } }[];
  messages: {
    role: string;
    content?: unknown;
    tool_calls?: { id: string; function: { name: string; arguments: string } }[];
    tool_call_id?: string;
  }[];
}

/** The usage that each answer reports, in tokens. */
export const TOKENS = 7;

/**
 * A server with OpenAI's chat completions API. For `time <zone>` it calls the tool `get_time` and then repeats its
 * result; for `hold` it never answers; for any other message it reports the number of messages in the request.
 */
export class ChatCompletionsServer {
  readonly requests: CompletionRequest[] = [];
  /** Number of requests that it holds, and number of those that the client has aborted. */
  held = 0;
  abandoned = 0;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(): Promise<ChatCompletionsServer> {
    const model = new ChatCompletionsServer();
    model.server.listen(0, '127.0.0.1');
    await once(model.server, 'listening');
    return model;
  }

  /** The base URL for clients. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    if (request.url !== '/v1/chat/completions') {
      response.writeHead(404).end();
      return;
    }
    const sent = JSON.parse(body) as Omit<CompletionRequest, 'authorization'>;
    this.requests.push({ ...sent, authorization: request.headers.authorization });
    const last = sent.messages.at(-1);
    const [command, zone] = textOf(last?.content).split(' ');
    if (command === 'hold') {
      this.held += 1;
      response.once('close', () => (this.abandoned += 1));
      return;
    }
    const wantsTool = last?.role === 'user' && command === 'time';
    const call = { id: `call_${this.requests.length}`, type: 'function', function: timeCall(zone) };
    const message = wantsTool
      ? { role: 'assistant', content: null, tool_calls: [call] }
      : {
          role: 'assistant',
          content:
            last?.role === 'tool'
              ? `The tool said: ${textOf(last.content)}`
              : `${sent.messages.length} messages`,
        };
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1_790_000_000,
        model: sent.model,
        choices: [{ index: 0, message, finish_reason: wantsTool ? 'tool_calls' : 'stop' }],
        usage: { prompt_tokens: TOKENS - 2, completion_tokens: 2, total_tokens: TOKENS },
      }),
    );
  }
}

function timeCall(zone: string | undefined) {
  return { name: 'get_time', arguments: JSON.stringify({ time_zone: zone }) };
}

/** Clients send text as a string or in parts. */
function textOf(content: unknown): string {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return (content as { text?: string }[]).map(({ text }) => text ?? '').join('');
}
