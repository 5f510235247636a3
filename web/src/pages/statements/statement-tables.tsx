import { Link } from 'wouter';
import type { Statement } from '../../api/book-queries';
import { useLanguage } from '../../i18n/locale';
import { Card, Credits, Empty } from '../../ui/basics';
import { Table } from '../../ui/table';

interface Props {
  readonly statement: Statement;
  readonly base: string;
}

/** What the figures are made of: use by feature, purchases, and where each lot stood at the end. */
export function StatementTables({ statement, base }: Props) {
  const { t, count, money, date } = useLanguage();
  const { features, purchases, lots } = statement;
  return (
    <>
      <Card title={t('statements.byFeature')}>
        {features.length === 0 ? (
          <Empty title={t('burn.none')} />
        ) : (
          <Table
            label={t('statements.byFeature')}
            columns={[
              { name: t('ledger.feature'), cell: ({ feature }) => <bdi>{feature}</bdi> },
              { name: t('usage.actions'), figure: true, cell: ({ actions }) => count(actions) },
              { name: t('ledger.credits'), figure: true, cell: ({ credits }) => <Credits amount={credits} /> },
              {
                name: t('statements.worth'),
                figure: true,
                cell: ({ money: sums }) =>
                  sums.map(({ currency, amount }) => (
                    <div key={currency}>
                      <bdi>{money(amount, currency)}</bdi>
                    </div>
                  )),
              },
            ]}
            rows={features}
            keyOf={({ feature }) => feature}
          />
        )}
      </Card>
      {purchases.length === 0 ? null : (
        <Card title={t('statements.purchases')}>
          <Table
            label={t('statements.purchases')}
            columns={[
              { name: t('lots.allocated'), cell: ({ allocatedOn }) => <span className="figure">{date(allocatedOn)}</span> },
              { name: t('statements.lot'), cell: ({ lotId }) => <Link href={`${base}/lots`}>{t('lots.lot', { number: String(lotId) })}</Link> },
              { name: t('papers.credits'), figure: true, cell: ({ credits }) => <Credits amount={credits} /> },
              { name: t('papers.price'), figure: true, cell: ({ price, currency }) => <bdi>{money(price, currency)}</bdi> },
            ]}
            rows={purchases}
            keyOf={({ purchaseId }) => purchaseId}
          />
        </Card>
      )}
      {lots.length === 0 ? null : (
        <Card title={t('statements.lots')}>
          <Table
            label={t('statements.lots')}
            columns={[
              { name: t('statements.lot'), cell: ({ lotId, kind }) => `${t('lots.lot', { number: String(lotId) })} · ${t(`lotKind.${kind}`)}` },
              { name: t('lots.rates'), cell: ({ rateVersion }) => <bdi>{rateVersion}</bdi> },
              { name: t('statements.line.opening'), figure: true, cell: ({ lines }) => <Credits amount={lines.opening} /> },
              { name: t('statements.line.debits'), figure: true, cell: ({ lines }) => <Credits amount={lines.debits} /> },
              { name: t('statements.line.closing'), figure: true, cell: ({ lines }) => <Credits amount={lines.closing} /> },
              { name: t('statements.held'), figure: true, cell: ({ held }) => <Credits amount={held} /> },
              { name: t('statements.frozen'), figure: true, cell: ({ frozen }) => <Credits amount={frozen} /> },
            ]}
            rows={lots}
            keyOf={({ lotId }) => lotId}
          />
        </Card>
      )}
    </>
  );
}
