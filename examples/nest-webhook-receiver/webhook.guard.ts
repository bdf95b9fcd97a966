import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  type RawBodyRequest,
  UnauthorizedException,
} from '@nestjs/common';
import type { Request } from 'express';
import { Webhook } from 'standardwebhooks';

/** Lets only requests pass that are signed with the secret, and not older than five minutes. */
@Injectable()
export class WebhookGuard implements CanActivate {
  // Throws if the variable is missing, so that the application does not start without a secret.
  private readonly webhook = new Webhook(process.env.WEBHOOK_SECRET ?? '');

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<RawBodyRequest<Request>>();
    try {
      this.webhook.verify(request.rawBody ?? '', request.headers as Record<string, string>);
      return true;
    } catch {
      throw new UnauthorizedException();
    }
  }
}
