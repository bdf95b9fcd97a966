// Jest loads this file with Node's loader, without its own transform and module mapping.
import './typescript.mjs';

export default async function globalSetup() {
  const [{ useMemoryForTemporaryFiles }, { startServices }, { bundlePrograms }] = await Promise.all([
    import('./memory-folder.ts'),
    import('./services.ts'),
    import('./programs.ts'),
  ]);
  useMemoryForTemporaryFiles();
  await Promise.all([startServices(), bundlePrograms()]);
}
