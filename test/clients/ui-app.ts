import { type AppOptions, type Stack, startApp, type TestApp } from '../support/stacks.js';

/** An app that serves both UI protocols. */
export async function startUiApp(stack: Stack, options: AppOptions): Promise<TestApp> {
  return startApp(stack, { agUi: true, aiSdk: true, ...options });
}
