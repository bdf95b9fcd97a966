// Agent sessions in an application with users: each user sees only their own sessions.
// How to run it: examples/README.md
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { type AgentFunction, migrations, SessionsModule } from 'nestjs-agent-sessions';

import { AccountController } from './account.controller.js';
import { type AuthenticatedRequest, JwtAuthGuard } from './jwt-auth.guard.js';
import { StaffController } from './staff.controller.js';

const secret = process.env.JWT_SECRET;
if (!secret) throw new Error('JWT_SECRET is not set');

const agent: AgentFunction = ({ message, history }) =>
  `You said "${message.content ?? ''}" after ${history.length} messages.`;

@Module({
  imports: [
    // Global, so that Nest can inject JwtService into the guard of the sessions module, too.
    JwtModule.register({ global: true, secret, signOptions: { expiresIn: '1h' } }),
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: 'sessions.sqlite',
      enableWAL: true,
      autoLoadEntities: true,
      migrations,
      migrationsRun: true,
    }),
    SessionsModule.forRoot({
      agent,
      queue: 'in-process',
      guards: [JwtAuthGuard],
      owner: (request: AuthenticatedRequest) => request.user?.sub,
    }),
  ],
  controllers: [AccountController, StaffController],
})
class AppModule {}

const app = await NestFactory.create(AppModule);
app.setGlobalPrefix('api');
app.useGlobalPipes(new ValidationPipe());
app.enableShutdownHooks();
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
