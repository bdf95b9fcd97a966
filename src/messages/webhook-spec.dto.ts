import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import {
  IsBoolean,
  IsOptional,
  IsString,
  MaxLength,
  Validate,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** Longer URLs are refused by many servers. */
const MAX_URL_LENGTH = 2048;

@ValidatorConstraint({ name: 'isHttpUrl' })
class IsHttpUrl implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'string' || !URL.canParse(value)) return false;
    return ['http:', 'https:'].includes(new URL(value).protocol);
  }

  defaultMessage(): string {
    return 'url must be an http or https URL';
  }
}

/** Where to send the result of a turn. */
@ApiSchema({ name: 'AgentSessionWebhookSpec', description: 'Where to send the result of a turn' })
export class WebhookSpecDto {
  @ApiProperty({
    format: 'uri',
    maxLength: MAX_URL_LENGTH,
    description: 'An http or https URL, which gets a POST when the turn ends',
    example: 'https://example.com/agent-results',
  })
  @MaxLength(MAX_URL_LENGTH)
  @Validate(IsHttpUrl)
  url!: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Sent as `Authorization: Bearer <token>`; never logged or returned',
  })
  @IsOptional()
  @IsString()
  token?: string | null;

  @ApiPropertyOptional({ description: 'Whether to send the whole history as well; `false` by default' })
  @IsOptional()
  @IsBoolean()
  include_messages?: boolean;

  @ApiPropertyOptional({
    description: 'Whether to send when the turn is interrupted as well; `false` by default',
  })
  @IsOptional()
  @IsBoolean()
  include_interrupts?: boolean;
}
