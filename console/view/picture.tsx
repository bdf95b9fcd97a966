import type { VNode } from 'preact';

import { mediaTypeOf } from '../../src/ui-protocols/image.js';

/** The image of a message. */
export function Picture({ base64 }: { base64: string }): VNode {
  const source = base64.startsWith('data:') ? base64 : `data:${mediaTypeOf(base64)};base64,${base64}`;
  return <img src={source} alt="Image of the message" />;
}
