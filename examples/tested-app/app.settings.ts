import { Injectable, Module } from '@nestjs/common';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { SessionsQueue } from 'nestjs-agent-sessions';

/** What tests replace. */
@Injectable()
export class AppSettings {
  readonly database: TypeOrmModuleOptions = {
    type: 'postgres',
    url: process.env.DATABASE_URL,
    migrationsRun: true,
  };
  readonly queue: SessionsQueue = 'bull';
}

@Module({ providers: [AppSettings], exports: [AppSettings] })
export class SettingsModule {}
