import {
  IsBoolean,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Validate,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** Many servers refuse longer URLs. */
export const MAX_URL_LENGTH = 2048;

@ValidatorConstraint({ name: 'isHttpUrl' })
class IsHttpUrl implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'string' || !URL.canParse(value)) return false;
    const { protocol, username, password } = new URL(value);
    return ['http:', 'https:'].includes(protocol) && isDecodable(`${username}:${password}`);
  }

  defaultMessage(): string {
    return 'url must be an http or https URL';
  }
}

/** Userinfo that cannot be decoded cannot be sent. */
function isDecodable(userinfo: string): boolean {
  try {
    decodeURIComponent(userinfo);
    return true;
  } catch {
    return false;
  }
}

/** A valid header value: no control characters, and only Latin-1. */
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The webhook of a message. */
export class WebhookSpecDto {
  @MaxLength(MAX_URL_LENGTH)
  @Validate(IsHttpUrl)
  url!: string;

  @IsOptional()
  @Matches(HEADER_TEXT, { message: 'token must be text that an HTTP header can carry' })
  @IsString()
  token?: string | null;

  @IsOptional()
  @IsBoolean()
  include_messages?: boolean;

  @IsOptional()
  @IsBoolean()
  include_interrupts?: boolean;
}
