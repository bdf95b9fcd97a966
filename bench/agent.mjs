// The agent of every measured server. It answers at once, but for the message "hold": that turn ends when the
// process gets SIGUSR2, so that clients have something to wait for. On SIGHUP it collects garbage, so that what the
// process then holds in memory is in use.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
process.on('SIGHUP', () => collectGarbage());

let open;
const opened = new Promise((resolve) => (open = resolve));
process.on('SIGUSR2', open);

export default function benchAgent({ message }) {
  const answer = `echo: ${message.content}`;
  return message.content === 'hold' ? opened.then(() => answer) : answer;
}
