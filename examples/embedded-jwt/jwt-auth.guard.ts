import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Request } from 'express';

export interface AuthenticatedRequest extends Request {
  user?: { sub: string; role?: 'staff' };
}

/** Requires a valid token, and sets the request's `user` from it. */
@Injectable()
export class JwtAuthGuard implements CanActivate {
  constructor(private readonly jwt: JwtService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const [scheme, token = ''] = request.headers.authorization?.split(' ') ?? [];
    if (scheme?.toLowerCase() !== 'bearer') throw new UnauthorizedException();
    try {
      request.user = await this.jwt.verifyAsync<AuthenticatedRequest['user'] & object>(token);
    } catch {
      throw new UnauthorizedException();
    }
    return true;
  }
}
