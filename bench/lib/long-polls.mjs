import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Maximum number of polls that connect at a time; more would overflow the server's backlog of new connections. */
const CONNECTING = 100;

/**
 * Opens one long poll per given session id and resolves when all are connected and have been sent. `answers` are
 * promises of `{ sessionId, session, at }`, with the time of the answer in ms since 1970.
 */
export async function openPolls(client, sessionIds) {
  const answers = [];
  for (let from = 0; from < sessionIds.length; from += CONNECTING) {
    const batch = sessionIds.slice(from, from + CONNECTING);
    await Promise.all(
      batch.map(
        (sessionId) =>
          new Promise((connected, failed) => {
            const answer = client
              .request('GET', `/sessions/${sessionId}?wait=true`, undefined, (socket) => {
                if (socket.connecting) once(socket, 'connect').then(connected, failed);
                else connected();
              })
              .then((session) => ({ sessionId, session, at: Date.now() }));
            answer.catch(failed);
            answers.push(answer);
          }),
      ),
    );
  }
  return answers;
}

/** Waits until the server has certainly read that many polls. */
export async function settle(polls) {
  await delay(2_000 + polls);
}

/** Resident memory of all the server's processes after a garbage collection, in bytes. */
export async function residentBytes(server) {
  for (let time = 0; time < 2; time++) {
    server.collectGarbage();
    await delay(500);
  }
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', server.pids.join(',')], { encoding: 'utf8' });
  return kilobytes
    .trim()
    .split(/\s+/)
    .reduce((sum, text) => sum + Number(text) * 1024, 0);
}

/** Fails if this machine does not allow a process that many connections. */
export function checkOpenFiles(polls) {
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  if (limit !== 'unlimited' && Number(limit) < polls + 500) {
    throw new Error(`${polls} polls need a limit of ${polls + 500} open files; the hard limit is ${limit}`);
  }
}
