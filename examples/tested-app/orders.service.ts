import { Injectable } from '@nestjs/common';
import { SessionsService } from 'nestjs-agent-sessions';
import { DataSource } from 'typeorm';

import { Order } from './order.entity.js';

@Injectable()
export class OrdersService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionsService,
  ) {}

  /** Stores an order and the message about it together, or neither of them. */
  place(sessionId: string, item: string): Promise<Order> {
    return this.dataSource.transaction(async (manager) => {
      const order = await manager.save(manager.create(Order, { item }));
      await this.sessions.send(sessionId, { content: `Order ${order.id}: ${item}` }, { manager });
      return order;
    });
  }

  /** The same for a session that may be busy: waits outside of the transaction, which would lock rows meanwhile. */
  async placeWhenIdle(sessionId: string, item: string): Promise<Order> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.place(sessionId, item);
      } catch (error) {
        if ((error as { code?: string }).code !== 'session_busy' || attempt === 5) throw error;
        await this.sessions.get(sessionId, { wait: true, timeout: 30_000 });
      }
    }
  }
}
