import { Controller, Get, HttpException, type Type } from '@nestjs/common';
import {
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  ApiSchema,
  ApiTags,
} from '@nestjs/swagger';

import { apiNames } from '../openapi/api-names.js';
import { AnswersAsTheyAre } from '../as-they-are.js';
import { type Health, HealthService } from '../../operations/health.service.js';

@ApiSchema({ name: 'AgentSessionsHealth' })
class HealthDto implements Health {
  @ApiProperty({ enum: ['ok', 'error'], description: '`error` while the database does not answer' })
  status!: 'ok' | 'error';

  @ApiProperty({ type: 'integer', description: 'How many turns this process can run at once', example: 10 })
  max_workers!: number;

  @ApiProperty({ type: 'integer', description: 'How many it is running', example: 0 })
  running_workers!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Over all processes; null while the database is away',
    example: 3,
  })
  total_sessions!: number | null;

  @ApiPropertyOptional({
    enum: ['down'],
    description: 'Present while Redis does not answer or refuses commands; nothing is lost by that',
  })
  redis?: 'down';
}

@ApiSchema({ name: 'AgentSessionsLiveness' })
class LivenessDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

/** Creates the health controller of one module, at `path`. */
export function createHealthController(path: string): Type<unknown> {
  const names = apiNames(path);

  @ApiTags(names.tag('health'))
  @AnswersAsTheyAre()
  @Controller(path)
  class HealthController {
    constructor(private readonly health: HealthService) {}

    @Get()
    @ApiOperation({
      operationId: names.operation('getHealth'),
      summary: 'How this process is',
      description: 'Workers are those of this process; sessions are those of all processes.',
    })
    @ApiResponse({ status: 200, description: 'The database answers', type: HealthDto })
    @ApiResponse({
      status: 503,
      description: 'The database does not answer',
      type: HealthDto,
      example: { status: 'error', max_workers: 10, running_workers: 0, total_sessions: null },
    })
    async check(): Promise<Health> {
      const health = await this.health.check();
      if (health.status === 'error') throw new HttpException(health, 503);
      return health;
    }

    @Get('live')
    @ApiOperation({
      operationId: names.operation('getLiveness'),
      summary: 'Whether this process answers',
      description:
        'Asks neither the database nor Redis, because a restart of the process would not fix them.',
    })
    @ApiResponse({ status: 200, description: 'The process answers', type: LivenessDto })
    live(): LivenessDto {
      return { status: 'ok' };
    }
  }
  return HealthController;
}
