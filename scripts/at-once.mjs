// Runs commands of the packages at the same time: node scripts/at-once.mjs 'tsc --noEmit' 'eslint .'. What each
// writes is printed in one piece when it has ended. Fails if one of them does.
import { spawn } from 'node:child_process';
import process from 'node:process';

const failed = await Promise.all(process.argv.slice(2).map(run));
if (failed.includes(true)) process.exitCode = 1;

/** Whether the command failed. */
function run(command) {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.on('close', (code, signal) => {
      const outcome = code === 0 ? '' : ` (${signal ?? `exit code ${code}`})`;
      process.stdout.write(`> ${command}${outcome}\n${output}`);
      resolve(code !== 0);
    });
  });
}
