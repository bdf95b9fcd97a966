import { PAGE as page } from '#console-page';

// A module of its own, because bundlers give `import()` of CommonJS no names; declared anew, because the types of
// `#console-page` are not part of the package.
export const PAGE: string = page;
