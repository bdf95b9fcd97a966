import { type ArgumentsHost, Catch, type ExceptionFilter, UnauthorizedException } from '@nestjs/common';

import { HttpExchange, type HttpResponse } from '../http-exchange.js';
import { sendConsolePage } from './console-page.js';

/**
 * Browsers open the page without a bearer token. A guard that wants one answers 401, and the page that comes with it
 * asks for the token.
 */
@Catch(UnauthorizedException)
export class ConsoleWithoutKeyFilter implements ExceptionFilter {
  constructor(private readonly http: HttpExchange) {}

  async catch(_exception: UnauthorizedException, host: ArgumentsHost): Promise<void> {
    const response = host.switchToHttp().getResponse<HttpResponse>();
    await sendConsolePage(this.http.takeOver(response), 401);
  }
}
