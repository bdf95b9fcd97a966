import Sequencer from '@jest/test-sequencer';

/** What takes longest, so that no worker comes to it at the end, when the others have nothing left to do. */
const FIRST = ['package', 'faults', 'examples', 'cli'];

/** Jest itself knows what takes long only where it has run before. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}

function rank({ path }) {
  const place = FIRST.findIndex((folder) => path.includes(`/test/${folder}/`));
  return place < 0 ? FIRST.length : place;
}
