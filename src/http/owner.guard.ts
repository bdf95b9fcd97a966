import {
  type CanActivate,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
  Logger,
} from '@nestjs/common';

import { UnauthorizedRequestException } from '../exceptions/index.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { isOwner, OWNER_FORM } from '../owners/owner.js';
import { rememberScope } from './request-scope.js';

/** The error for a request without an owner. */
export function unknownOwner(): UnauthorizedRequestException {
  return new UnauthorizedRequestException('The request does not say who it is from');
}

/**
 * Determines the owner scope of a request before anything else of it is read. On any failure the request is rejected
 * with 401; it is never attributed to another owner.
 */
@Injectable()
export class OwnerGuard implements CanActivate {
  private readonly logger = new Logger(OwnerGuard.name);

  constructor(@Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<object>();
    rememberScope(request, this.options.owner ? { owner: await this.ownerOf(request) } : {});
    return true;
  }

  private async ownerOf(request: object): Promise<string> {
    let owner: unknown;
    try {
      owner = await this.options.owner?.(request);
    } catch (error) {
      // The host's HttpExceptions are passed on; any other error would be a 500.
      if (error instanceof HttpException) throw error;
      this.logger.error(`Option "owner" failed, so the request is refused: ${String(error)}`);
    }
    if (isOwner(owner)) return owner;
    if (owner !== undefined && owner !== null && owner !== '') {
      this.logger.error(`Option "owner" must give ${OWNER_FORM} or undefined; the request is refused`);
    }
    throw unknownOwner();
  }
}
