import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { documentApiKey } from './api-key-document.js';
import { packageVersion } from '../package-version.js';

const DESCRIPTION = `Durable, asynchronous sessions with an agent.

1. \`POST /sessions\` creates a session.
2. \`POST /sessions/{session_id}/messages\` sends a message: the answer is \`202\` at once, and the message is
   stored. The agent runs in the background.
3. \`GET /sessions/{session_id}?wait=true\` waits for the agent and has its \`response\`.

Errors have one shape: \`{ statusCode, error, message, code }\`, where \`code\` is stable.`;

const FIRST_STEPS = 'conversation';

/** To create a session, to send a message, to wait for the answer, to read the conversation. */
const STEPS = [
  ['post', '/sessions'],
  ['post', '/sessions/{session_id}/messages'],
  ['get', '/sessions/{session_id}'],
  ['get', '/sessions/{session_id}/messages'],
] as const;

/** Serves Swagger UI at `/docs`, and the OpenAPI document at `/docs-json`. */
export function serveApiDocument(app: NestExpressApplication, wantsKey: boolean): void {
  SwaggerModule.setup('docs', app, () => createApiDocument(app, wantsKey), {
    jsonDocumentUrl: 'docs-json',
    raw: ['json'],
    customSiteTitle: 'Agent sessions',
    swaggerOptions: {
      persistAuthorization: true,
      displayRequestDuration: true,
      operationsSorter: byFirstSteps,
      // The schemas are folded.
      defaultModelsExpandDepth: 0,
    },
  });
}

/** The OpenAPI document of the standalone server. */
export function createApiDocument(app: INestApplication, wantsKey: boolean): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Agent sessions')
    .setDescription(DESCRIPTION)
    .setVersion(packageVersion())
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'This server')
    .addTag(FIRST_STEPS, 'A conversation, in the order of use')
    .addTag('sessions', 'Conversations and where they stand')
    .addTag('deliveries', 'Webhooks on their way')
    .addTag('ag-ui', 'For AG-UI clients')
    .addTag('ai-sdk', 'For pages with useChat of the AI SDK')
    .addTag('health', 'How the server is');
  const document = withFirstSteps(SwaggerModule.createDocument(app, builder.build()));
  // An empty list means that no security is required; without the list that would be undefined.
  return wantsKey ? documentApiKey(document) : { ...document, security: [] };
}

/** The operations of a conversation come first, under a tag of their own. */
function withFirstSteps(document: OpenAPIObject): OpenAPIObject {
  for (const [method, path] of STEPS) {
    const operation = document.paths[path]?.[method];
    if (operation) operation.tags = [FIRST_STEPS];
  }
  return document;
}

/** An operation as Swagger UI has it. */
interface ShownOperation {
  get(field: 'method' | 'path'): string;
}

/** The page gets the source of this function, so it refers to nothing outside. */
function byFirstSteps(one: ShownOperation, other: ShownOperation): number {
  const steps = [
    'post /sessions',
    'post /sessions/{session_id}/messages',
    'get /sessions/{session_id}',
    'get /sessions/{session_id}/messages',
  ];
  // No inner function has a name, because bundlers keep such names by a helper that the page does not have.
  const [first = 0, second = 0] = [one, other].map((operation) => {
    const index = steps.indexOf(`${operation.get('method')} ${operation.get('path')}`);
    return index < 0 ? steps.length : index;
  });
  return first - second;
}
