// Of its own, because bundlers give `import()` of CommonJS no names.
export { PAGE } from '#console-page';
