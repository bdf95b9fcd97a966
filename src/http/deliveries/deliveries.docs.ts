import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';

import { DeliveryNotFoundException } from '../../exceptions/index.js';
import { ApiSessionId, ApiTurnPage, nextPage } from '../openapi/api-docs.js';
import { ApiErrors, LIMIT_INVALID, NOT_FOUND, UNAVAILABLE } from '../openapi/api-errors.js';
import { apiNames } from '../openapi/api-names.js';
import { DELIVERY_ID, SESSION_ID } from '../openapi/example-values.js';
import { DeliveryDto, RedeliveryDto } from './delivery.dto.js';

/** The OpenAPI description of the deliveries controller of the sessions at `path`. */
export function deliveriesDocs(path: string) {
  const names = apiNames(path);
  return {
    tag: ApiTags(names.tag('deliveries')),

    list: applyDecorators(
      ApiOperation({
        operationId: names.operation('listDeliveries'),
        summary: "List a session's webhook deliveries, oldest first",
        description:
          'Each with its attempts and when the next one is due. Tokens are not shown. A `Link` header with ' +
          '`rel="next"` leads to the next page, if there is one.',
      }),
      ApiSessionId(),
      ApiTurnPage(),
      ApiResponse({
        status: 200,
        description: 'The deliveries',
        type: [DeliveryDto],
        headers: nextPage(`</sessions/${SESSION_ID}/deliveries?limit=100&after=100>; rel="next"`),
      }),
      ApiErrors(NOT_FOUND, LIMIT_INVALID, ...UNAVAILABLE),
    ),

    redeliver: applyDecorators(
      ApiOperation({
        operationId: names.operation('redeliver'),
        summary: 'Deliver again',
        description: 'Under the same `webhook-id`, at once and with all attempts of the schedule ahead.',
      }),
      ApiSessionId(),
      ApiParam({
        name: 'delivery_id',
        description: "The delivery's id, a UUID",
        schema: { type: 'string', format: 'uuid' },
      }),
      ApiResponse({ status: 202, description: 'It will be delivered again', type: RedeliveryDto }),
      ApiErrors(NOT_FOUND, new DeliveryNotFoundException(DELIVERY_ID), ...UNAVAILABLE),
    ),
  };
}
