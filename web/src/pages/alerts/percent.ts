/** Shares as people write them. The point is moved among the digits: nothing is reckoned, so that nothing is rounded. */
const PERCENT = /^(\d{1,2})(?:[.,](\d{1,7}))?$/;

/** "12.5" is 0.125; null: not a percentage below a hundred. */
export function shareOf(percent: string): string | null {
  const [, whole, part = ''] = PERCENT.exec(percent.trim()) ?? [];
  if (whole === undefined) return null;
  const share = `0.${whole.padStart(2, '0')}${part}`.replace(/0+$/, '');
  return share === '0.' ? null : share;
}

/** 0.125 is "12.5". */
export function percentOf(share: string): string {
  const digits = (share.split('.')[1] ?? '').padEnd(2, '0');
  const part = digits.slice(2).replace(/0+$/, '');
  return `${String(Number(digits.slice(0, 2)))}${part === '' ? '' : `.${part}`}`;
}
