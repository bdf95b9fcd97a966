import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Server } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { until } from '../support/until.js';
import { ChatCompletionsServer, TOKENS } from './chat-completions.js';
import { Example } from './example.js';

describe.each(['openai-agent', 'ai-sdk-agent'])('the example %s', (name) => {
  let folder: TemporaryFolder;
  let model: ChatCompletionsServer;
  let server: Server;
  let client: SessionsClient;

  beforeAll(async () => {
    const example = await Example.read(name);
    [folder, model] = await Promise.all([temporaryFolder(), ChatCompletionsServer.start()]);
    await example.run('tsc');
    const env = {
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'key-of-the-test',
      OPENAI_MODEL: 'model-of-the-test',
    };
    server = await example.serve('start', { cwd: folder.path, env });
    client = new SessionsClient(server.url);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await Promise.all([model.stop(), folder.remove()]);
  });

  const sent = () =>
    model.requests
      .at(-1)
      ?.messages.map(({ role }) => role)
      .join(' ');

  it('answers, with the conversation before', async () => {
    const id = await client.newSession({ state: [{ role: 'system', content: 'Be brief.' }] });
    expect(await client.ask(id, 'hello')).toMatchObject({
      status: 'idle',
      response: { content: '2 messages' },
    });
    expect(await client.ask(id, 'again')).toMatchObject({ response: { content: '4 messages' } });
    expect(sent()).toBe('system user assistant user');
    expect(model.requests.at(-1)).toMatchObject({
      authorization: 'Bearer key-of-the-test',
      model: 'model-of-the-test',
    });
  });

  it('calls its tool, and remembers the result', async () => {
    const id = await client.newSession();
    const { response } = await client.ask(id, 'time Asia/Tokyo');
    expect(response).toEqual({
      role: 'assistant',
      content: expect.stringMatching(/^The tool said: \d\d:\d\d:\d\d$/),
    });
    const { body: history } = await client.messages(id);
    const call = {
      id: expect.any(String),
      type: 'function',
      function: { name: 'get_time', arguments: '{"time_zone":"Asia/Tokyo"}' },
    };
    expect(history).toEqual([
      { role: 'user', content: 'time Asia/Tokyo' },
      { role: 'assistant', content: null, tool_calls: [call] },
      {
        role: 'tool',
        name: 'get_time',
        tool_call_id: history[1]?.tool_calls?.[0]?.id,
        content: response?.content?.replace('The tool said: ', ''),
      },
      response,
    ]);
    expect(model.requests.at(-1)?.tools[0]?.function).toMatchObject({
      name: 'get_time',
      parameters: { properties: { time_zone: { type: 'string' } }, required: ['time_zone'] },
    });
    expect((await client.turns(id)).body).toMatchObject([{ usage: { total_tokens: 2 * TOKENS } }]);

    await client.ask(id, 'hello');
    expect(sent()).toBe('user assistant tool assistant user');
    const [, asked, answered] = model.requests.at(-1)?.messages ?? [];
    expect(asked?.tool_calls).toMatchObject([call]);
    expect(answered).toMatchObject({
      tool_call_id: asked?.tool_calls?.[0]?.id,
      content: history[2]?.content,
    });
  });

  it('passes errors of the tool to the model', async () => {
    const { response } = await client.ask(await client.newSession(), 'time Nowhere/Land');
    expect(response?.content).toMatch(/^The tool said: .*Invalid time zone specified: Nowhere\/Land$/);
  });

  it('aborts the request to the model when the turn is cancelled', async () => {
    const id = await client.newSession();
    await client.send(id, 'hold');
    await until(() => model.held === 1, { what: 'the model to be asked' });
    expect((await client.cancel(id)).status).toBe(202);
    await until(() => model.abandoned === 1, { what: 'the request to the model to be given up' });
  });
});
