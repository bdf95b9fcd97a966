// Jest loads this file as Node does, without its own transform and its module mapping.
import './typescript.mjs';

export default async function globalSetup() {
  const { startServices } = await import('./services.ts');
  await startServices();
}
