import { createHmac } from 'node:crypto';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import { SECRET_PREFIX } from '../options/webhook-secret.js';

/** Number of bytes that are signed before the event loop runs other work. */
const SIGNED_AT_ONCE_BYTES = 1024 * 1024;

/** A delivery's headers by the Standard Webhooks scheme, signed with every secret, so that secrets can be rotated. */
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
  const hmac = createHmac('sha256', Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')).update(prefix);
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
