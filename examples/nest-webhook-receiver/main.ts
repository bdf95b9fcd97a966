import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

import { ResultsController } from './results.controller.js';

@Module({ controllers: [ResultsController] })
class AppModule {}

// The signature covers the body's bytes, which Nest keeps with `rawBody`.
const app = await NestFactory.create<NestExpressApplication>(AppModule, { rawBody: true });
// By default Express refuses bodies over 100 kB; `include_messages` makes payloads of up to 8 MiB.
app.useBodyParser('json', { limit: '16mb' });
await app.listen(Number(process.env.PORT ?? 9000), '127.0.0.1');
