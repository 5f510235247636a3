import { z } from 'zod';
import { isDate, isTimeZone } from '../../domain/calendar.js';
import { amount, isPlainDecimal } from '../../domain/credits.js';
import type { ErrorCode } from '../../domain/errors.js';
import { isCurrency } from '../../domain/money.js';
import { NAME_PATTERN } from '../../domain/usage.js';
import { isWebhookUrl } from '../../domain/webhook-url.js';
import { parseInstant } from '../parsing/instant.js';

interface Documentation {
  readonly description: string;
  readonly pattern?: string;
  readonly format?: string;
  readonly examples?: readonly string[];
}

/** A text that one of our own checks accepts. Checks are linear and bounded in length, whatever is sent. */
function text(accepts: (value: string) => boolean, message: string, documentation: Documentation, code?: ErrorCode) {
  return z
    .custom<string>((value) => typeof value === 'string' && accepts(value), { error: message, ...(code === undefined ? {} : { params: { code } }) })
    .meta({ type: 'string', ...documentation });
}

const AMOUNT_MESSAGE = 'An amount is a string with a plain decimal of at most 29 integer and 9 fractional digits, without sign or exponent.';

export const nonNegativeAmount = text(
  isPlainDecimal,
  AMOUNT_MESSAGE,
  { description: 'Plain decimal >= 0, at most 29 integer and 9 fractional digits.', examples: ['0', '12.5'] },
  'invalid-amount',
);
export const positiveAmount = text(
  (value) => isPlainDecimal(value) && !amount(value).isZero(),
  `${AMOUNT_MESSAGE} This one is more than zero.`,
  { description: 'Plain decimal > 0, at most 29 integer and 9 fractional digits.', examples: ['3000'] },
  'invalid-amount',
);

/** Up to 18 integer and `places` fractional digits. */
export function decimalText(places: number, documentation: string) {
  const pattern = `^(0|[1-9]\\d{0,17})(\\.\\d{1,${places}})?$`;
  const exact = new RegExp(pattern);
  return text(
    (value) => value.length <= places + 19 && exact.test(value),
    `A plain decimal >= 0 with at most ${places} fractional digits, as a string.`,
    { description: documentation, pattern },
    'invalid-amount',
  );
}

export function integerText(most: number, documentation: string) {
  return text((value) => /^(0|[1-9]\d{0,5})$/.test(value) && Number(value) <= most, `A whole number from 0 to ${most}, as a string.`, {
    description: documentation,
    pattern: '^(0|[1-9]\\d{0,5})$',
  });
}

export const shareText = text(
  (value) => value.length <= 42 && /^(?:0\.\d{1,40}|1(?:\.0{1,40})?)$/.test(value),
  'A share is a decimal string above 0 and at most 1, with at most 40 fractional digits.',
  { description: 'Share of the action, 0 < share <= 1.', examples: ['0.5'] },
  'invalid-amount',
);

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const id = text((value) => ID.test(value), 'An id is 1 to 64 letters, digits, ".", "_" or "-", and begins with a letter or digit.', {
  description: 'Chosen by the caller.',
  pattern: ID.source,
});
export const name = text((value) => NAME_PATTERN.test(value), 'A name is 1 to 64 letters, digits, ".", "_" or "-", and begins with a letter.', {
  description: 'A plain name.',
  pattern: NAME_PATTERN.source,
});

/** A text for people, in `most` characters. */
export function prose(most: number, description: string) {
  return text((value) => value.length <= most && value.trim() !== '', `A text of 1 to ${most} characters.`, { description });
}

export const date = text(isDate, 'A calendar day as YYYY-MM-DD.', { description: 'Calendar day.', format: 'date', examples: ['2026-12-31'] });
export const month = text((value) => isDate(`${value}-01`), 'A calendar month as YYYY-MM.', { description: 'Calendar month.', examples: ['2026-12'] });
export const timeZone = text((value) => value.length <= 64 && isTimeZone(value), 'The name of a time zone, as in the IANA database.', {
  description: 'IANA time zone.',
  examples: ['Europe/Berlin'],
});
export const currency = text(isCurrency, 'A currency code of ISO 4217.', { description: 'ISO 4217 code.', examples: ['EUR'] });
export const sha256Text = text((value) => /^[0-9a-f]{64}$/.test(value), 'A SHA-256 as 64 lower-case hex digits.', {
  description: 'SHA-256, hex.',
  pattern: '^[0-9a-f]{64}$',
});
/** As SMTP takes it; whether anybody reads it, a mailed link shows. */
export const mailAddress = text(
  (value) => value.length <= 254 && /^[^\s@<>()[\]\\,;:"]{1,64}@(?=[^@]{4,190}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/.test(value),
  'An address such as credits@example.com.',
  { description: 'Mail address.', format: 'email', examples: ['credits@example.com'] },
);
/** An address that messages are posted to. Which hosts are allowed is decided at the moment of connection. */
export const webhookUrl = text(isWebhookUrl, 'An https:// address of at most 500 characters, without user, password or fragment.', {
  description: 'Where messages are posted to: https, without user, password or fragment. Plain http only to hosts that the deployment names.',
  format: 'uri',
  examples: ['https://example.com/hooks/credits'],
});
export const instant = text((value) => value.length <= 40 && parseInstant(value) !== undefined, 'An instant as RFC 3339 has it, such as 2026-03-22T12:00:00.000Z.', {
  description: 'Instant, RFC 3339.',
  format: 'date-time',
});
export const wholeNumber = (most: number, description: string) =>
  text((value) => /^[1-9]\d{0,15}$/.test(value) && Number(value) <= most, `A whole number from 1 to ${most}.`, { description });
