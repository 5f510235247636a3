/** Decimal strings and instants as people of a place write them. No figure passes through a float: `Intl` formats the digits. */
export interface Formats {
  /** Credits to two places, never more than there are; `exact` with all nine. */
  readonly credits: (amount: string) => string;
  readonly exact: (amount: string) => string;
  readonly quantity: (amount: string) => string;
  readonly count: (amount: number) => string;
  readonly money: (amount: string, currency: string) => string;
  readonly days: (days: number) => string;
  readonly dayRange: (least: number, most: number) => string;
  readonly date: (day: string) => string;
  readonly shortDate: (day: string) => string;
  readonly instant: (instant: string, timeZone?: string) => string;
}

type Decimal = Intl.StringNumericLiteral;

export function formatsOf(locale: string): Formats {
  const rough = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2, roundingMode: 'floor' });
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 9 });
  const about = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, roundingMode: 'floor' });
  const days = new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const short = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const instants = new Map<string, Intl.DateTimeFormat>();
  const instantFormat = (timeZone: string): Intl.DateTimeFormat => {
    const format = instants.get(timeZone) ?? new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
    instants.set(timeZone, format);
    return format;
  };
  return {
    credits: (amount) => rough.format(amount as Decimal),
    exact: (amount) => whole.format(amount as Decimal),
    quantity: (amount) => about.format(amount as Decimal),
    count: (amount) => about.format(amount),
    money: (amount, currency) => new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount as Decimal),
    days: (count) => days.format(count),
    dayRange: (least, most) => days.formatRange(least, most),
    date: (day) => date.format(new Date(`${day}T00:00:00Z`)),
    shortDate: (day) => short.format(new Date(`${day}T00:00:00Z`)),
    instant: (instant, timeZone = 'UTC') => instantFormat(timeZone).format(new Date(instant)),
  };
}
