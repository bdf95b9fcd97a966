/** Prefix of every secret of the Standard Webhooks scheme. */
export const SECRET_PREFIX = 'whsec_';

/** The allowed size of a secret, by the scheme. */
const SECRET_BYTES = { least: 24, most: 64 };

/** The description of a valid secret in error messages. */
export const SECRET_FORM = `whsec_ and the base64 of ${SECRET_BYTES.least} to ${SECRET_BYTES.most} bytes`;

export function isWebhookSecret(text: unknown): boolean {
  const base64 = typeof text === 'string' ? (/^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? '') : '';
  const bytes = Buffer.from(base64, 'base64');
  const isWhole = bytes.toString('base64') === base64;
  return isWhole && bytes.length >= SECRET_BYTES.least && bytes.length <= SECRET_BYTES.most;
}
