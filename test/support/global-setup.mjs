// Jest loads this file with Node's loader, without its own transform and module mapping.
import './typescript.mjs';

export default async function globalSetup() {
  const [{ startServices }, { bundlePrograms }] = await Promise.all([
    import('./services.ts'),
    import('./programs.ts'),
  ]);
  await Promise.all([startServices(), bundlePrograms()]);
}
