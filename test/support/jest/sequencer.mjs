import Sequencer from '@jest/test-sequencer';

/** What takes longest; the faults wait most of that time. */
const SLOW = ['package/tarball', 'package/', 'faults/', 'examples/', 'cli/'];

/**
 * Begins with what takes longest, so that no worker comes to one of them when the others have nothing
 * left to do, and runs the other files beside them, because those wait less. Jest itself knows what takes long
 * only where it has run before.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const slow = sorted.filter((test) => rank(test) >= 0).sort((one, other) => rank(one) - rank(other));
    const others = sorted.filter((test) => rank(test) < 0);
    const pairs = sorted.flatMap((_, index) => [slow[index], others[index]]);
    return pairs.filter((test) => test !== undefined);
  }
}

/** The place of a test among the slow ones; -1 for the others. */
function rank({ path }) {
  return SLOW.findIndex((start) => path.includes(`/test/${start}`));
}
