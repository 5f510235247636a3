import type { Statement } from '../../api/book-queries';
import { useLanguage } from '../../i18n/locale';
import { ExactCredits } from '../../ui/basics';

type Line = keyof Statement['credits'];

const LINES: readonly Line[] = ['opening', 'purchases', 'grants', 'transfers', 'adjustments', 'reversals', 'reinstatements', 'debits', 'lapses', 'freezes', 'withdrawals', 'closing'];
const ENDS: ReadonlySet<Line> = new Set<Line>(['opening', 'closing']);

/** Opening, what moved, closing: as the service states them. Lines on which nothing moved are left out. */
export function StatementLines({ statement }: { readonly statement: Statement }) {
  const { t, money } = useLanguage();
  const moved = LINES.filter((line) => ENDS.has(line) || [statement.credits, ...statement.money.map(({ lines }) => lines)].some((lines) => /[1-9]/.test(lines[line])));
  return (
    <div className="table-wrap" role="region" aria-label={t('statements.figures')} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('statements.line')}</th>
            <th scope="col" className="num">
              {t('ledger.credits')}
            </th>
            {statement.money.map(({ currency }) => (
              <th key={currency} scope="col" className="num">
                {t('statements.paidFor', { currency })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {moved.map((line) => (
            <tr key={line} className={ENDS.has(line) ? 'total' : undefined}>
              <td>{t(`statements.line.${line}`)}</td>
              <td className="num">
                <ExactCredits amount={statement.credits[line]} />
              </td>
              {statement.money.map(({ currency, lines }) => (
                <td key={currency} className="num">
                  <bdi>{money(lines[line], currency)}</bdi>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
