import { BullModule } from '@nestjs/bull';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SessionsModule, type SessionsRole } from 'nestjs-agent-sessions';

import dataSource from './data-source.js';
import { SlowAgent } from './slow.agent.js';

@Module({})
export class AppModule {
  static forRole(role: SessionsRole): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({ ...dataSource.options, autoLoadEntities: true }),
        BullModule.forRoot({ redis: process.env.REDIS_URL }),
        // If a worker does not renew its lease for this long, other workers run its turns.
        SessionsModule.forRoot({ agent: SlowAgent, role, concurrency: 5, lease: 3_000 }),
      ],
    };
  }
}
