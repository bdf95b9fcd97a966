import { ApiProperty, ApiSchema } from '@nestjs/swagger';

import type { UpdateSessionDto } from '../../sessions/update-session.dto.js';
import type { Schema } from '../openapi/schema.js';

/** A change of a session. */
@ApiSchema({ name: 'AgentSessionUpdateRequest' })
export class UpdateSessionSchema implements Schema<UpdateSessionDto> {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description:
      'A JSON merge patch (RFC 7396): what it names is set or merged, a null removes its key; null as a whole ' +
      'removes all metadata',
    example: { title: 'A late parcel', draft: null },
  })
  metadata!: Record<string, unknown> | null;
}
