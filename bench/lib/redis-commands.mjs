import { connect } from 'node:net';

/** The calls of each command of a Redis server since `before`, and its clients, by `INFO`. */
export async function redisCommands(url, before = new Map()) {
  const [commands, clients] = [await info(url, 'commandstats'), await info(url, 'clients')];
  const counts = new Map(
    [...commands.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)]
      .filter(([, name]) => name !== 'info')
      .map(([, name, calls]) => [name, Number(calls) - (before.get(name) ?? 0)]),
  );
  return { counts, clients: Number(/connected_clients:(\d+)/.exec(clients)?.[1]) - 1 };
}

function info(url, section) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(`INFO ${section}\r\nQUIT\r\n`));
    socket.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    socket.on('error', reject).on('close', () => resolve(text));
  });
}
