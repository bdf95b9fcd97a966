/** The routes that can be asked without the server's API key, besides the documentation itself. */
export const OPEN_ROUTES = ['/health', '/health/live'];

/** Whether a path can be asked without a key: it says nothing of sessions. */
export function isOpenPath(path: string): boolean {
  return OPEN_ROUTES.includes(path) || /^\/(docs|docs-json|docs\/.*)$/.test(path);
}
