import type { EntityManager, Repository } from 'typeorm';

import type { ChatMessage } from './chat-message.js';
import type { ChatMessageEntity } from './chat-message.entity.js';

/** Reads recorded histories. What is written to them belongs to the transitions of a session or turn. */
export class ChatMessageRepository {
  constructor(private readonly messages: Repository<ChatMessageEntity>) {}

  /** A session's history, oldest first: all of it, or a page of it. */
  async history(
    sessionId: string,
    page: { after?: number; limit?: number; manager?: EntityManager } = {},
  ): Promise<ChatMessage[]> {
    const messages = page.manager?.withRepository(this.messages) ?? this.messages;
    const rows = await messages.find({
      where: { sessionId },
      order: { position: 'ASC' },
      skip: page.after,
      take: page.limit,
    });
    return rows.map(({ role, content, details }) => ({ role, content, ...details }));
  }
}
