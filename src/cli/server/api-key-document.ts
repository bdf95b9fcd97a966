import type { OpenAPIObject } from '@nestjs/swagger';

import { UnauthorizedRequestException } from '../../exceptions/index.js';
import { OPEN_ROUTES } from './open-paths.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

const UNAUTHORIZED: Operation['responses'][string] = {
  description: '`unauthorized`: the key is missing or wrong',
  headers: {
    'WWW-Authenticate': {
      description: 'How to give the key',
      required: true,
      schema: { type: 'string', enum: ['Bearer'] },
    },
  },
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/AgentSessionsError' },
      example: new UnauthorizedRequestException().getResponse(),
    },
  },
};

/** Adds the API key to the security requirements of a document's operations. */
export function documentApiKey(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of METHODS.flatMap((method) => item[method] ?? [])) {
      if (OPEN_ROUTES.includes(path)) operation.security = [];
      else operation.responses['401'] = UNAUTHORIZED;
    }
  }
  return {
    ...document,
    security: [{ bearer: [] }],
    components: {
      ...document.components,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The key that the server was started with' },
      },
    },
  };
}
