import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { Explanation } from '../../api/types';
import { explanationQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { Card, Empty, ExactCredits, Facts, Page } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded } from '../../ui/loaded';
import { Legs, PartWithoutCredits } from './legs';
import { Papers } from './papers';

/** One entry, explained to the last digit, as a page that one can print and send. */
export function EntryPage({ accountId, seq }: { readonly accountId: string; readonly seq: string }) {
  const { t } = useLanguage();
  const explanation = useQuery(explanationQuery(accountId, seq));
  return (
    <Page
      title={t('entry.title', { seq })}
      lead={
        <span className="no-print">
          <Link href={`/a/${encodeURIComponent(accountId)}/ledger`}>{t('entry.back')}</Link>
        </span>
      }
      actions={
        <ActionButton
          onPress={() => {
            print();
          }}
        >
          {t('entry.print')}
        </ActionButton>
      }
    >
      <Loaded query={explanation} lines={8}>
        {(data) => <Explained explanation={data} accountId={accountId} />}
      </Loaded>
    </Page>
  );
}

function Explained({ explanation, accountId }: { readonly explanation: Explanation; readonly accountId: string }) {
  const { t, word, instant, date } = useLanguage();
  const { entry, cites, unfunded, free, usage } = explanation;
  return (
    <>
      <Card title={word(`entryType.${entry.type}`, entry.type)}>
        <p className="big">
          <ExactCredits amount={entry.credits} /> <small>{t('entry.credits')}</small>
        </p>
        <Facts
          facts={[
            [t('entry.account'), <bdi key="account">{accountId}</bdi>],
            [t('entry.occurred'), instant(entry.occurredAt)],
            [t('entry.recorded'), instant(entry.recordedAt)],
            [t('entry.booked'), date(entry.accountingDate)],
            ...(entry.feature === null ? [] : [[t('ledger.feature'), <bdi key="feature">{entry.feature}</bdi>] as const]),
            ...(entry.subject === null ? [] : [[t('entry.subject'), <bdi key="subject" className="mono">{entry.subject}</bdi>] as const]),
            [t('entry.actor'), <bdi key="actor" className="mono">{entry.actor}</bdi>],
            ...(cites === null ? [] : [[t('entry.cites'), <Link key="cites" href={`/a/${encodeURIComponent(accountId)}/ledger/${String(cites.seq)}`}>{t('entry.number', { seq: String(cites.seq) })}</Link>] as const]),
          ]}
        />
      </Card>
      <Clauses explanation={explanation} />
      {usage === null ? null : <Usage usage={usage} />}
      <Legs explanation={explanation} />
      {unfunded === null ? null : <PartWithoutCredits title={t('entry.unfunded')} credits={unfunded.credits} part={unfunded} />}
      {free === null ? null : <PartWithoutCredits title={t('entry.free')} credits={null} part={free} />}
      <Papers explanation={explanation} />
      <Card title={t('entry.proof')}>
        <p className="small muted">{t('entry.proofWhat')}</p>
        <Facts
          facts={[
            [t('entry.hash'), <code key="hash">{entry.hash}</code>],
            [t('entry.detail'), <code key="detail" className="prose">{JSON.stringify(entry.detail)}</code>],
          ]}
        />
      </Card>
    </>
  );
}

function Clauses({ explanation: { clauses } }: { readonly explanation: Explanation }) {
  const { t } = useLanguage();
  return (
    <Card title={t('entry.clauses')}>
      {clauses.length === 0 ? <Empty title={t('entry.noClause')} /> : null}
      <ul className="stack" lang="en" dir="ltr">
        {clauses.map(({ clause, rule }) => (
          <li key={clause}>
            <strong>{clause}</strong> {rule}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Usage({ usage }: { readonly usage: NonNullable<Explanation['usage']> }) {
  const { t, exact, word } = useLanguage();
  return (
    <Card title={t('entry.usage')}>
      <Facts
        facts={[
          ...Object.entries(usage.quantities).map(([meter, quantity]) => [meter, exact(quantity)] as const),
          [t('entry.billing'), word(`billing.${usage.billing}`, usage.billing)],
          [t('entry.mode'), word(`mode.${usage.mode}`, usage.mode)],
        ]}
      />
    </Card>
  );
}
