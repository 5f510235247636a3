import { Link } from 'wouter';
import { useLanguage } from '../../i18n/locale';
import { Badge, Card, Credits, Facts } from '../../ui/basics';
import { PartsBar } from '../../ui/parts-bar';
import type { Lot } from '../../api/types';

const PARTS = ['consumed', 'held', 'available', 'frozen', 'lapsed', 'withdrawn', 'transferred'] as const;

export function LotCard({ lot, turn, accountId }: { readonly lot: Lot; readonly turn: number | null; readonly accountId: string }) {
  const { t, count, instant } = useLanguage();
  const entry = `/a/${encodeURIComponent(accountId)}/ledger/${String(lot.lotId)}`;
  const parts = PARTS.filter((part) => /[1-9]/.test(lot[part]));
  return (
    <Card
      title={t('lots.lot', { number: String(lot.lotId) })}
      aside={
        <span className="row">
          {turn === null ? null : <Badge tone={turn === 1 ? 'accent' : 'plain'}>{turn === 1 ? t('lots.next') : t('lots.turn', { turn: count(turn) })}</Badge>}
          <Badge>{t(`lotKind.${lot.kind}`)}</Badge>
          {lot.condition === 'normal' ? null : <Badge tone="bad">{t(`lotCondition.${lot.condition}`)}</Badge>}
        </span>
      }
    >
      <p>
        <strong>
          <Credits amount={lot.available} />
        </strong>{' '}
        {t('lots.leftOf')} <Credits amount={lot.issued} />
      </p>
      <PartsBar whole={lot.issued} parts={parts.map((part) => ({ name: t(`bucket.${part}`), amount: lot[part], look: part }))} />
      <Facts
        facts={[
          [t('lots.allocated'), instant(lot.allocatedAt)],
          [t('lots.valid'), lot.validUntil === null ? t('lots.wholeTerm') : instant(lot.validUntil)],
          [t('lots.rates'), <a key="rates" href={`#${lot.rateVersion}`}><bdi>{lot.rateVersion}</bdi></a>],
          [t('lots.price'), lot.unitPrice === null || lot.currency === null ? t('lots.noPrice') : <bdi key="price">{`${lot.unitPrice} ${lot.currency}`}</bdi>],
          [t('lots.from'), <Link key="entry" href={entry}>{t('entry.number', { seq: String(lot.lotId) })}</Link>],
        ]}
      />
      {lot.source === null ? null : <p className="small muted">{t('lots.source', { account: lot.source.accountId })}</p>}
    </Card>
  );
}
