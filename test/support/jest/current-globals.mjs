let current;

/** Jest's globals for the spec file that is run. */
export function currentGlobals() {
  return current;
}

export function setCurrentGlobals(globals) {
  current = globals;
}
