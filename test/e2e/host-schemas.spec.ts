import { describe, expect, it } from '@jest/globals';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiProperty, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';

/** A chat application's own classes, with fields that the module's classes do not have. */
class ToolCall {
  @ApiProperty()
  own_tool!: string;
}
class ChatMessage {
  @ApiProperty()
  own_text!: string;

  @ApiProperty({ enum: ['human', 'machine'], enumName: 'ChatRole' })
  own_role!: string;

  @ApiProperty({ type: [ToolCall] })
  own_calls!: ToolCall[];
}
class MessageRequest {
  @ApiProperty()
  own_message!: ChatMessage;
}
class MessageResponse {
  @ApiProperty()
  own_id!: number;
}
class WebhookSpec {
  @ApiProperty()
  own_target!: string;
}
class WebhookDelivery {
  @ApiProperty()
  own_delivery!: string;
}
class AgentTurn {
  @ApiProperty()
  own_turn!: string;
}

@Controller('chats')
class ChatsController {
  @Post('messages')
  @ApiCreatedResponse({ type: MessageResponse })
  send(@Body() _request: MessageRequest): MessageResponse {
    return { own_id: 1 };
  }

  @Post('webhooks')
  @ApiCreatedResponse({ type: WebhookDelivery })
  subscribe(@Body() _spec: WebhookSpec): WebhookDelivery {
    return { own_delivery: '' };
  }

  @Post('turns')
  @ApiCreatedResponse({ type: AgentTurn })
  turn(): AgentTurn {
    return { own_turn: '' };
  }
}

/** Documents are independent of the database. */
describe.each(sqliteStacks)('the OpenAPI document of a host with its own DTOs on $name', (stack) => {
  const app = useApp(stack, {
    agent: new ScriptedAgent(),
    health: true,
    host: { controllers: [ChatsController] },
  });

  it('describes the host’s and the module’s schemas separately', () => {
    const document = SwaggerModule.createDocument(app.app, new DocumentBuilder().build());
    const schemas = document.components?.schemas ?? {};
    const isOwn = (name: string) => !name.startsWith('AgentSession');
    const fields = Object.entries(schemas).map(([name, schema]): [string, string[]] => [
      name,
      'properties' in schema ? Object.keys(schema.properties ?? {}) : [],
    ]);
    expect(Object.fromEntries(fields.filter(([name]) => isOwn(name)))).toEqual({
      ToolCall: ['own_tool'],
      ChatMessage: ['own_text', 'own_role', 'own_calls'],
      ChatRole: [],
      MessageRequest: ['own_message'],
      MessageResponse: ['own_id'],
      WebhookSpec: ['own_target'],
      WebhookDelivery: ['own_delivery'],
      AgentTurn: ['own_turn'],
    });
    const mixed = fields.filter(
      ([name, own]) => !isOwn(name) && own.some((field) => field.startsWith('own_')),
    );
    expect(mixed).toEqual([]);
    expect(schemas.ChatRole).toMatchObject({ enum: ['human', 'machine'] });
    // References point to schemas of the same side.
    for (const [name, schema] of Object.entries(schemas)) {
      const referred = [...JSON.stringify(schema).matchAll(/#\/components\/schemas\/(\w+)/g)].map(
        ([, to]) => to ?? '',
      );
      for (const to of referred) expect([name, to, isOwn(to)]).toEqual([name, to, isOwn(name)]);
    }
  });
});
