// Runs turns and serves no requests; start as many as you need. How to run it: examples/README.md
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { AppModule } from './app.module.js';

const app = await NestFactory.createApplicationContext(AppModule.forRole('worker'));
app.enableShutdownHooks();
new Logger('Worker').log('Running turns');
