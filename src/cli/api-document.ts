import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

const DESCRIPTION = `Durable, asynchronous sessions with an agent.

Create a session, send a message - the answer is \`202\` at once, and the message is stored - and wait for the
agent with \`GET /sessions/{session_id}?wait=true\`.`;

/** Serves Swagger UI at \`/docs\` and the OpenAPI document at \`/docs-json\`. */
export function serveApiDocument(app: INestApplication, version: string, wantsKey: boolean): void {
  SwaggerModule.setup('docs', app, () => createApiDocument(app, version, wantsKey), {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Agent sessions',
    swaggerOptions: { persistAuthorization: true },
  });
}

function createApiDocument(app: INestApplication, version: string, wantsKey: boolean): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Agent sessions')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addTag('sessions', 'Conversations and where they stand')
    .addTag('messages', 'What is said in them')
    .addTag('health', 'How the server is');
  if (wantsKey) builder.addBearerAuth().addSecurityRequirements('bearer');
  return SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (_controller, method) => method,
  });
}
