import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Param,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { SessionsService } from 'nestjs-agent-sessions';

import { type AuthenticatedRequest, JwtAuthGuard } from './jwt-auth.guard.js';

@Injectable()
class StaffGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<AuthenticatedRequest>().user?.role === 'staff';
  }
}

/** The sessions of all owners. `SessionsService` without an owner sees them all. */
@Controller('staff/sessions')
@UseGuards(JwtAuthGuard, StaffGuard)
export class StaffController {
  constructor(private readonly sessions: SessionsService) {}

  /** The last updated sessions, each with its `owner`; with `?owner=` those of one owner. */
  @Get()
  list(@Query('owner') owner?: string) {
    return this.sessions.list({ order: 'updated', limit: 50 }, { owner });
  }

  @Get(':id')
  get(@Param('id') id: string) {
    return this.sessions.get(id);
  }

  @Get(':id/messages')
  messages(@Param('id') id: string) {
    return this.sessions.messages(id);
  }

  @Post(':id/cancel')
  cancel(@Param('id') id: string) {
    return this.sessions.cancel(id);
  }
}
