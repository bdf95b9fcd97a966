// The agent of every measured server. It answers at once, with these exceptions: a turn of the message "hold" ends when
// the process receives SIGUSR2, so that clients have something to wait for; "steps" makes ten steps; "ask" waits for an
// answer of the client; "stream 20 5" emits the time 20 times a second for 5 s. The peers pass functions of their own as `step` and `interrupt`. On SIGHUP it collects garbage, so that the measured
// memory is memory in use.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
process.on('SIGHUP', () => collectGarbage());

let open;
const opened = new Promise((resolve) => (open = resolve));
process.on('SIGUSR2', open);

export default function benchAgent({ message, step, interrupt, emit }) {
  const answer = `echo: ${message.content}`;
  const [, rate, seconds] = /^stream (\d+) (\d+)$/.exec(message.content) ?? [];
  if (rate) return stream(emit, Number(rate), Number(seconds)).then(() => answer);
  switch (message.content) {
    case 'hold':
      return opened.then(() => answer);
    case 'steps':
      return tenSteps(step).then(() => answer);
    case 'ask':
      return interrupt({ type: 'ask' }).then(() => answer);
    default:
      return answer;
  }
}

async function stream(emit, rate, seconds) {
  for (let count = 0; count < rate * seconds; count++) {
    await new Promise((resolve) => setTimeout(resolve, 1000 / rate));
    emit(`${performance.timeOrigin + performance.now()} `);
  }
}

async function tenSteps(step) {
  for (let number = 1; number <= 10; number++) await step(`step ${number}`, () => number);
}
