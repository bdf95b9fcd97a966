import { armFailpoint, FAILPOINTS } from '../../failpoints/failpoints.js';
import { CommandFailure } from '../failure.js';

/**
 * For the fault tests: `AGENT_SESSIONS_FAILPOINT=claimed:3` kills the process when it reaches that failpoint for the
 * third time.
 */
export function armFailpointFromEnvironment(setting: string | undefined): void {
  if (setting === undefined || setting === '') return;
  const [given, time = '1'] = setting.split(':');
  const name = FAILPOINTS.find((known) => known === given);
  if (!name || !/^[1-9]\d*$/.test(time)) {
    throw new CommandFailure(
      `AGENT_SESSIONS_FAILPOINT must be one of ${FAILPOINTS.join(', ')}, like claimed:1`,
    );
  }
  armFailpoint(name, Number(time), () => {
    process.kill(process.pid, 'SIGKILL');
  });
}
