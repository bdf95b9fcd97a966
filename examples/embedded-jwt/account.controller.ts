import { Body, Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';

import { type AuthenticatedRequest, JwtAuthGuard } from './auth.js';

/** Routes of the application's own. */
@Controller()
export class AccountController {
  constructor(private readonly jwt: JwtService) {}

  /** Believes everybody: put your own login here. */
  @Post('login')
  async login(@Body() { name }: { name: string }) {
    return { token: await this.jwt.signAsync({ sub: name }) };
  }

  @Get('me')
  @UseGuards(JwtAuthGuard)
  me(@Req() request: AuthenticatedRequest) {
    return request.user;
  }
}
