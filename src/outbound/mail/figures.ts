/** Figures as people read them. They come as decimal texts, and stay texts: no figure passes through a float. */

/** `3000.000000000` as `3,000 credits`; no digit is lost but zeros at the end. */
export function creditsText(credits: string): string {
  const number = grouped(credits);
  return `${number} ${number === '1' ? 'credit' : 'credits'}`;
}

/** Of a forecast: two decimals, cut off. */
export function aboutText(credits: string): string {
  const [whole = '0', fraction = ''] = credits.split('.');
  return creditsText(`${whole}.${fraction.slice(0, 2)}`);
}

export function daysText(days: string): string {
  const number = grouped(days);
  return `${number} ${number === '1' ? 'day' : 'days'}`;
}

/** A factor, or a share in hundredths. */
export function factorText(factor: string, times: 1 | 100 = 1): string {
  if (times === 1) return grouped(factor);
  const [whole = '0', fraction = ''] = factor.split('.');
  const digits = fraction.padEnd(2, '0');
  return grouped(`${whole}${digits.slice(0, 2)}.${digits.slice(2)}`.replace(/^0+(?=\d)/, ''));
}

/** An instant or a calendar day, as `2 August 2026`, with the time where there is one. */
export function dayText(text: string): string {
  const hasTime = text.includes('T');
  const at = new Date(hasTime ? text : `${text}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return text;
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(at);
  return hasTime ? `${day}, ${text.slice(11, 16)} UTC` : day;
}

function grouped(decimal: string): string {
  const [whole = '0', fraction = ''] = decimal.split('.');
  const rest = fraction.replace(/0+$/, '');
  return whole.replaceAll(/\B(?=(\d{3})+$)/g, ',') + (rest === '' ? '' : `.${rest}`);
}
