// Jest loads this file with Node's loader, without its own transform and module mapping.
import './typescript.mjs';

export default async function globalSetup() {
  const { startServices } = await import('./services.ts');
  await startServices();
}
