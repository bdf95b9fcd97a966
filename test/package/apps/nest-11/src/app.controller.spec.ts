import { Test, TestingModule } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { migrations, SessionsModule, SessionsService } from 'nestjs-agent-sessions';
import { AppController } from './app.controller';
import { AppService } from './app.service';
import { SupportAgent } from './support.agent';

describe('AppController', () => {
  let app: TestingModule;
  let appController: AppController;

  beforeEach(async () => {
    app = await Test.createTestingModule({
      imports: [
        TypeOrmModule.forRoot({
          type: 'better-sqlite3',
          database: ':memory:',
          autoLoadEntities: true,
          migrations,
          migrationsRun: true,
        }),
        SessionsModule.forRoot({ agent: SupportAgent, queue: 'in-process' }),
      ],
      controllers: [AppController],
      providers: [AppService],
    }).compile();
    await app.init();

    appController = app.get<AppController>(AppController);
  });

  afterEach(() => app.close());

  describe('root', () => {
    it('should return "Hello World!"', () => {
      expect(appController.getHello()).toBe('Hello World!');
    });
  });

  describe('sessions', () => {
    it('should answer a message', async () => {
      const sessions = app.get(SessionsService);
      const { session_id } = await sessions.create();
      await sessions.send(session_id, { content: 'hello' });
      const { response } = await sessions.get(session_id, { wait: true });
      expect(response?.content).toBe('Hello World! hello, 0 messages before');
    });
  });
});
