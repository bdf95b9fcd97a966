import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

interface ConsolePage {
  body: Buffer;
  headers: Record<string, string | number>;
}

let loading: Promise<ConsolePage> | undefined;

/**
 * Answers with the console: one document that needs nothing else. It holds no data, so it is also the body of a 401:
 * it asks for the key.
 */
export async function sendConsolePage(response: ServerResponse, status: 200 | 401): Promise<void> {
  const { body, headers } = await (loading ??= load());
  if (status === 401 && !response.hasHeader('WWW-Authenticate')) {
    response.setHeader('WWW-Authenticate', 'Bearer');
  }
  response.writeHead(status, headers);
  response.end(body);
}

/** Loads it late, because most hosts do without it. */
async function load(): Promise<ConsolePage> {
  const { PAGE } = await import('./console-document.js');
  const body = Buffer.from(PAGE);
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': body.length,
    'Content-Security-Policy': policyOf(PAGE),
    'Cache-Control': 'no-cache',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
  return { body, headers };
}

/** Only the page's own script and style, requests to its own server, and images within the page. */
function policyOf(page: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(page, 'script')}`,
    `style-src ${hashOf(page, 'style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The source expression that allows the content of the page's one element of this name. */
function hashOf(page: string, element: 'script' | 'style'): string {
  const content = page.slice(
    page.indexOf(`<${element}>`) + element.length + 2,
    page.indexOf(`</${element}>`),
  );
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}
