import { createHash } from 'node:crypto';

/** The namespace of the ids that are derived from clients' ids. */
const NAMESPACE = Buffer.from('5a8c1f0e7d3b4c2a9e6f1b0d4c7a2e93', 'hex');

/** A UUID of version 5: the same for the same texts. */
function derivedUuid(...texts: (string | null)[]): string {
  const hash = createHash('sha1').update(NAMESPACE).update(JSON.stringify(texts)).digest();
  const bytes = hash.subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [8, 12, 16, 20, 32].map((end, index) => hex.slice([0, 8, 12, 16, 20][index], end)).join('-');
}

/**
 * The session of a thread or chat whose id a client has chosen. It depends on module and owner, so that two owners with
 * the same id have different sessions.
 */
export function derivedSessionId(id: string, module: string, owner: string | undefined): string {
  return derivedUuid('session', module, owner ?? null, id);
}

/** The key under which a client's message is accepted once, or once more after a turn that failed. */
export function acceptanceKey(messageId: string, failedTurnId: string | undefined): string {
  return derivedUuid('message', messageId, failedTurnId ?? null);
}
