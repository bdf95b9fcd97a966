import { describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  UnauthorizedException,
} from '@nestjs/common';
import { randomUUID } from 'node:crypto';

import { mixedStacks, useApp } from '../support/stacks.js';

interface SignedInRequest {
  headers: Record<string, string | undefined>;
  user?: { id: string };
}

/** A dependency of a host's guard. */
@Injectable()
class Tokens {
  userOf(token: string | undefined): { id: string } | undefined {
    return token?.startsWith('Bearer ') ? { id: token.slice(7) } : undefined;
  }
}

@Injectable()
class SignedIn implements CanActivate {
  constructor(private readonly tokens: Tokens) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<SignedInRequest>();
    request.user = this.tokens.userOf(request.headers.authorization);
    if (!request.user) throw new UnauthorizedException();
    return true;
  }
}

/** An instance without injection. */
const notOnSundays: CanActivate = {
  canActivate: (context) =>
    context.switchToHttp().getRequest<SignedInRequest>().headers['x-weekday'] !== 'Sunday',
};

@Module({ providers: [Tokens], exports: [Tokens] })
class TokensModule {}

@Controller('open')
class OpenController {
  @Get()
  open() {
    return { open: true };
  }
}

describe.each(mixedStacks)('the host’s guards on $name', (stack) => {
  const app = useApp(stack, {
    agent: ({ message }) => `You said: ${message.content ?? ''}`,
    guards: [SignedIn, notOnSundays],
    owner: (request: SignedInRequest) => request.user?.id,
    imports: [TokensModule],
    allowCustomIds: true,
    health: true,
    host: { controllers: [OpenController] },
  });
  const ask = (method: string, path: string, headers?: Record<string, string>) =>
    app.client.request(method, path, { headers });
  const id = randomUUID();

  it.each([
    ['POST', '/sessions'],
    ['GET', '/sessions'],
    ['PUT', `/sessions/${id}`],
    ['GET', `/sessions/${id}`],
    ['DELETE', `/sessions/${id}`],
    ['GET', `/sessions/${id}/turns`],
    ['POST', `/sessions/${id}/cancel`],
    ['POST', `/sessions/${id}/messages`],
    ['GET', `/sessions/${id}/messages`],
    ['GET', `/sessions/${id}/deliveries`],
    ['POST', `/sessions/${id}/deliveries/${id}/redeliver`],
    ['GET', '/health'],
  ])('run before %s %s', async (method, path) => {
    expect(await ask(method, path)).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
    const sunday = { authorization: 'Bearer ada', 'x-weekday': 'Sunday' };
    expect(await ask(method, path, sunday)).toMatchObject({ status: 403 });
  });

  it('run before `owner`, which sees the properties they set', async () => {
    const created = await ask('POST', '/sessions', { authorization: 'Bearer ada' });
    const { session_id } = created.body as { session_id: string };
    const path = `/sessions/${session_id}`;
    expect(await ask('GET', path, { authorization: 'Bearer ada' })).toMatchObject({ status: 200 });
    expect(await ask('GET', path, { authorization: 'Bearer bob' })).toMatchObject({ status: 404 });
  });

  it('do not run for the host’s own routes', async () => {
    expect(await ask('GET', '/open')).toMatchObject({ status: 200, body: { open: true } });
  });
});
