import { chromium, type Browser } from 'playwright-core';

import { findTool } from './tools.js';

/** Time limit of the hook that launches a browser, which may have to be installed first; in ms. */
export const BROWSER_TIMEOUT_MS = 300_000;

/** The path of Chromium; `CHROMIUM_PATH` overrides it. */
export function findChromium(): Promise<string> {
  if (process.env.CHROMIUM_PATH) return Promise.resolve(process.env.CHROMIUM_PATH);
  return findTool({
    names: ['/usr/bin/chromium', 'chromium', 'google-chrome'],
    aptPackage: 'chromium',
    hint: 'set CHROMIUM_PATH to the path of a Chromium or Chrome',
  });
}

/** Chromium takes the last such list alone, so this has what Playwright's own list has, too. */
const DISABLED_FEATURES = [
  // Each window would have two more pages for its address bar, which take half of the processor time.
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'],
  // Requests to Google.
  ...['AimEnabled', 'NetworkTimeServiceQuerying', 'OptimizationHints', 'PreconnectToSearch', 'MediaRouter'],
  // What Playwright cannot work with.
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'PaintHolding'],
  ...['HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'ThirdPartyStoragePartitioning'],
  'AvoidCorsURLLoaderRestartOnRedirect',
];

/** A headless browser without background traffic. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--disable-features=${DISABLED_FEATURES.join()}`,
    ],
  });
}
