import type { StoreFixture } from './open-stores.js';

/** Registers one case: Jest's `it`, or what collects cases to be run against other stores. */
type Register = (name: string, run: () => Promise<void>) => void;

/** Rules of the stores' contract as cases, for whichever stores the fixture opens. */
export interface StoreSuite {
  title: string;
  define: (fixture: StoreFixture, it: Register) => void;
}

export function storeSuite(title: string, define: StoreSuite['define']): StoreSuite {
  return { title, define };
}
