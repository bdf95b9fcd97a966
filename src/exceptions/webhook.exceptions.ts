import { AgentSessionsException, shortenId } from './agent-sessions.exception.js';

/** 404: the session has no such delivery. */
export class DeliveryNotFoundException extends AgentSessionsException {
  constructor(deliveryId: string) {
    super(404, 'delivery_not_found', `Delivery ${shortenId(deliveryId)} not found`);
  }
}
