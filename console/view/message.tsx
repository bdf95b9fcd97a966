import type { VNode } from 'preact';

import type { ChatMessage } from '../../src/client/index.js';
import { Picture } from './picture.js';

/** A message to the agent. */
export function Message({ message }: { message: ChatMessage }): VNode {
  const { role, name, content, base64_image: image, user_params: parameters } = message;
  return (
    <article class={`message ${role}`} aria-label={name ? `${role} ${name}` : role}>
      {content !== null && content !== '' && <p class="text">{content}</p>}
      {image && <Picture base64={image} />}
      {parameters && <pre>{JSON.stringify(parameters, null, 2)}</pre>}
      {!content && !image && !parameters && <p class="hint">Empty message</p>}
    </article>
  );
}
