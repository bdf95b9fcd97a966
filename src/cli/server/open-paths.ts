/** Routes without an API key, besides the documentation itself. */
export const OPEN_ROUTES = ['/health', '/health/live'];

/** Whether a path needs no API key, because it reveals nothing. */
export function isOpenPath(path: string): boolean {
  return OPEN_ROUTES.includes(path) || /^\/(docs|docs-json|docs\/.*)$/.test(path);
}
