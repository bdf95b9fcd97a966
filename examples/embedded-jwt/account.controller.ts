import { Body, Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { IsNotEmpty, IsString } from 'class-validator';

import { type AuthenticatedRequest, JwtAuthGuard } from './jwt-auth.guard.js';

class Login {
  @IsString()
  @IsNotEmpty()
  name!: string;
}

/** Routes of the application's own. */
@Controller()
export class AccountController {
  constructor(private readonly jwt: JwtService) {}

  /** Believes everybody: your own login belongs here. */
  @Post('login')
  async login(@Body() { name }: Login) {
    return { token: await this.jwt.signAsync({ sub: name }) };
  }

  @Get('me')
  @UseGuards(JwtAuthGuard)
  me(@Req() { user }: AuthenticatedRequest) {
    return { name: user?.sub };
  }
}
