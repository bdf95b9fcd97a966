import { createHmac } from 'node:crypto';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

const PREFIX = 'whsec_';

/** How much is signed before others get the event loop, in bytes. */
const SIGNED_AT_ONCE_BYTES = 1024 * 1024;

/** A delivery's headers by the Standard Webhooks scheme; signed by every secret, so that secrets can be rotated. */
export async function webhookHeaders(
  secrets: readonly string[],
  id: string,
  body: readonly Buffer[],
  at: Date,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures: string[] = [];
  for (const secret of secrets) signatures.push(`v1,${await sign(secret, `${id}.${timestamp}.`, body)}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 ? { 'webhook-signature': signatures.join(' ') } : {}),
  };
}

async function sign(secret: string, prefix: string, body: readonly Buffer[]): Promise<string> {
  const hmac = createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64')).update(prefix);
  let signed = 0;
  for (const part of body) {
    for (let start = 0; start < part.length; start += SIGNED_AT_ONCE_BYTES) {
      const piece = part.subarray(start, start + SIGNED_AT_ONCE_BYTES);
      hmac.update(piece);
      signed += piece.length;
      if (signed >= SIGNED_AT_ONCE_BYTES) {
        signed = 0;
        await nextTurnOfLoop();
      }
    }
  }
  return hmac.digest('base64');
}

/** How many bytes a secret has, by the scheme. */
const SECRET_BYTES = { least: 24, most: 64 };

/** What a secret must be, for error messages. */
export const SECRET_FORM = `whsec_ and the base64 of ${SECRET_BYTES.least} to ${SECRET_BYTES.most} bytes`;

export function isWebhookSecret(text: unknown): boolean {
  const base64 = typeof text === 'string' ? (/^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? '') : '';
  const bytes = Buffer.from(base64, 'base64');
  const isWhole = bytes.toString('base64') === base64;
  return isWhole && bytes.length >= SECRET_BYTES.least && bytes.length <= SECRET_BYTES.most;
}
