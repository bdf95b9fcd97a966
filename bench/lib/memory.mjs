import { Client } from './client.mjs';
import { checkOpenFiles, openPolls, residentBytes, settle } from './long-polls.mjs';
import { round } from './statistics.mjs';

const WARM_UP_TURNS = 300;

/**
 * Memory per additional long poll, with that many of them open. All wait for one turn of one session, so that only
 * the polls are measured. The server should be newly started.
 */
export async function measureMemory(server, counts) {
  checkOpenFiles(Math.max(...counts));
  const client = new Client(server.url);
  try {
    await warmUp(client);
    const session = await client.createSession();
    await client.send(session, 'hold');
    await settle(0);
    const before = await residentBytes(server);
    const answers = [];
    const kilobytes = {};
    for (const count of counts) {
      const missing = Array.from({ length: count - answers.length }, () => session);
      answers.push(...(await openPolls(client, missing)));
      await settle(missing.length);
      kilobytes[count] = round(((await residentBytes(server)) - before) / count / 1024, 1);
    }
    server.openGate();
    await Promise.all(answers);
    return { rss_mb_before: round(before / 2 ** 20, 1), kb_per_poll: kilobytes };
  } finally {
    client.close();
  }
}

async function warmUp(client) {
  const session = await client.createSession();
  for (let count = 0; count < WARM_UP_TURNS; count++) await client.turn(session);
}
