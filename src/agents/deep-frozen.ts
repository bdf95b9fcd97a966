/** JSON data, frozen in place with all that is in it. Not recursive, so that no depth is too much. */
export function deepFrozen<T>(value: T): T {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const item = left.pop();
    if (typeof item !== 'object' || item === null) continue;
    for (const inner of Object.values(Object.freeze(item))) left.push(inner);
  }
  return value;
}
