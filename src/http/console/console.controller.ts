import { Controller, Get, Req, Res, type Type, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';

import { HttpExchange, type HttpRequest, type HttpResponse } from '../http-exchange.js';
import { sendConsolePage } from './console-page.js';
import { ConsoleWithoutKeyFilter } from './console-without-key.filter.js';

/** Creates the controller of the console of one module, at `path`. */
export function createConsoleController(path: string): Type<unknown> {
  @ApiExcludeController()
  @UseFilters(ConsoleWithoutKeyFilter)
  @Controller(path)
  class ConsoleController {
    constructor(private readonly http: HttpExchange) {}

    @Get()
    async page(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      const raw = this.http.takeOver(response);
      const [target = ''] = (request.originalUrl ?? request.url ?? '').split('?', 1);
      // The page derives the API's address from its own.
      if (target.endsWith('/')) raw.writeHead(308, { Location: '../console' }).end();
      else await sendConsolePage(raw, 200);
    }
  }
  return ConsoleController;
}
