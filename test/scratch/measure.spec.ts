import { it } from '@jest/globals';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';
import { blockingOf } from '../support/blocking.js';

const agent = new ScriptedAgent();
const app = useApp(expressStacks[0]!, { agent, maxHistory: 2 ** 30 });
const put = (s: string) => process.stderr.write(s + '\n');
async function fill(id: string, count: number) {
  await app.dataSource.query(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i < ${count - 1})
    INSERT INTO agent_message (session_id, position, role, content, details, id)
    SELECT '${id}', i, 'assistant', 'hello', '{"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}', NULL FROM n`);
  await app.dataSource.query(`UPDATE agent_session SET message_count=${count}, history_bytes=${count * 130} WHERE id='${id}'`);
}
const m = async (name: string, f: () => Promise<unknown>) => {
  const t = performance.now();
  const { longest, result } = await blockingOf(f);
  put(`${name}: longest ${longest.toFixed(0)} ms, total ${(performance.now() - t).toFixed(0)} ${JSON.stringify(result)?.slice(0, 60)}`);
};
it('measures', async () => {
  const id = await app.client.newSession({});
  await fill(id, 100_000);
  const reads = agent.does(({ history }) => String(history.length));
  await m('turn 100k cold', async () => (await app.client.ask(id, reads)).response);
  await m('turn 100k warm', async () => (await app.client.ask(id, reads)).response);
  await m('turn 100k warm2', async () => (await app.client.ask(id, reads)).response);
  await m('service messages 100k', async () => (await app.sessions.messages(id)).length);
  const replace = agent.does(({ history }) => ({ response: { role: 'assistant', content: 'x' }, history: history.slice(0, 60_000).map(({ role, content }) => ({ role, content })) }));
  await m('turn replaced by 60k', async () => (await app.client.ask(id, replace)).response);
  await m('delete 60k', async () => (await app.client.delete(id)).status);
  for (const text of ['x'.repeat(16 * 2 ** 20), 'é\n"'.repeat(5 * 2 ** 20)]) {
    const id3 = await app.client.newSession({});
    const large = agent.does(() => text);
    await m('16 MiB answer', async () => (await app.client.ask(id3, large)).response?.content?.length);
    await m('16 MiB answer again', async () => (await app.client.ask(id3, large)).response?.content?.length);
  }
  const id2 = await app.client.newSession({});
  await fill(id2, 900_000);
  await m('delete 900k', async () => (await app.client.delete(id2)).status);
}, 300_000);
