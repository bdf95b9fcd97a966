// The agent of every measured server. It answers at once, except the message "hold": that turn ends when the process
// receives SIGUSR2, so that clients have something to wait for. On SIGHUP it collects garbage, so that the measured
// memory is memory in use.
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
