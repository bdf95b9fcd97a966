import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { migrations, SessionsModule } from 'nestjs-agent-sessions';
import { AppController } from './app.controller';
import { AppService } from './app.service';
import { SupportAgent } from './support.agent';

const { DATABASE_URL: url, REDIS_URL: redis } = process.env;

@Module({
  imports: [
    TypeOrmModule.forRoot({
      ...(url
        ? { type: 'postgres', url }
        : { type: 'better-sqlite3', database: 'sessions.sqlite', enableWAL: true }),
      autoLoadEntities: true,
      migrations,
      migrationsRun: true,
    }),
    ...(redis ? [BullModule.forRoot({ redis })] : []),
    SessionsModule.forRoot({
      agent: SupportAgent,
      queue: redis ? 'bull' : 'in-process',
      shutdownTimeout: 500,
    }),
  ],
  controllers: [AppController],
  providers: [AppService],
})
export class AppModule {}
