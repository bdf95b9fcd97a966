import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { migrations, SessionsModule } from 'nestjs-agent-sessions';

import { AppSettings, SettingsModule } from './app.settings.js';
import { OrdersModule } from './orders.module.js';
import { SupportAgent } from './support.agent.js';

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      imports: [SettingsModule],
      inject: [AppSettings],
      useFactory: ({ database }: AppSettings) => ({ ...database, autoLoadEntities: true, migrations }),
    }),
    // Connects to nothing by itself; only the queue 'bull' does.
    BullModule.forRoot({ redis: process.env.REDIS_URL }),
    SessionsModule.forRootAsync({
      agent: SupportAgent,
      imports: [SettingsModule],
      inject: [AppSettings],
      useFactory: ({ queue }: AppSettings) => ({ queue }),
      isGlobal: true, // OrdersModule injects SessionsService without importing a module.
    }),
    OrdersModule,
  ],
  providers: [SupportAgent],
})
export class AppModule {}
