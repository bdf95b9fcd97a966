import { Body, Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { IsNotEmpty, IsString } from 'class-validator';

import { type AuthenticatedRequest, JwtAuthGuard } from './jwt-auth.guard.js';

class Login {
  @IsString()
  @IsNotEmpty()
  name!: string;
}

/** The application's own routes. */
@Controller()
export class AccountController {
  constructor(private readonly jwt: JwtService) {}

  /** Accepts every name without a password, and `grace` is staff: replace this with your own login. */
  @Post('login')
  async login(@Body() { name }: Login) {
    const role = name === 'grace' ? 'staff' : undefined;
    return { token: await this.jwt.signAsync({ sub: name, ...(role && { role }) }) };
  }

  @Get('me')
  @UseGuards(JwtAuthGuard)
  me(@Req() { user }: AuthenticatedRequest) {
    return { name: user?.sub };
  }
}
