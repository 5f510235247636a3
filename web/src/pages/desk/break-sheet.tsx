import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Banner, Facts } from '../../ui/basics';
import { ActionButton, Choice, Sheet, TextInput } from '../../ui/controls';
import { Problem } from '../../ui/loaded';
import { factsOf } from './facts-of';
import { InQuestion, type Break } from './in-question';

const RESOLUTIONS = ['matched', 'returned', 'corrected', 'accepted', 'duplicate'] as const;

interface Props {
  readonly found: Break;
  readonly onClose: () => void;
}

/** What shows the difference, who looks after it, and how it ends. Resolving repairs nothing: what is to be booked is booked by an act of its own. */
export function BreakSheet({ found, onClose }: Props) {
  const { t, word, instant, days } = useLanguage();
  const may = useMay();
  return (
    <Sheet title={word(`break.${found.kind}`, found.kind)} open onClose={onClose}>
      <Facts
        facts={[
          [t('breaks.age'), days(found.ageDays)],
          [t('breaks.found'), instant(found.openedAt)],
          [t('entry.account'), <bdi key="account">{found.accountId ?? '–'}</bdi>],
          [t('unbooked.amount'), <InQuestion key="amount" found={found} />],
          ...factsOf(found.evidence).map(([name, value]) => [word(`evidence.${name}`, name), <bdi key={name}>{value}</bdi>] as const),
          [t('breaks.owner'), <bdi key="owner">{found.owner}</bdi>],
        ]}
      />
      {found.resolved !== null ? (
        <Banner tone="good" title={t('breaks.wasResolved', { how: t(`resolution.${found.resolved.resolution}`), at: instant(found.resolved.at) })}>
          <bdi>{found.resolved.reason}</bdi>
        </Banner>
      ) : may.book ? (
        <>
          <TakeOver found={found} />
          <Resolve found={found} onClose={onClose} />
        </>
      ) : (
        <p className="muted">{t('breaks.onlyFinance')}</p>
      )}
    </Sheet>
  );
}

function TakeOver({ found }: { readonly found: Break }) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header, renew } = useIntention();
  const [owner, setOwner] = useState('');
  const take = useMutation({
    mutationFn: () => answerOf(api.POST('/v1/breaks/{breakId}/owner', { params: { path: { breakId: found.breakId }, header }, body: { owner: owner.trim() } })),
    onSuccess: async () => {
      setOwner('');
      renew();
      await client.invalidateQueries({ queryKey: ['desk', 'breaks'] });
    },
  });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        take.mutate();
      }}
    >
      <TextInput label={t('breaks.newOwner')} hint={t('breaks.ownerHint')} value={owner} onChange={setOwner} />
      {take.isError ? <Problem error={take.error} /> : null}
      <div>
        <ActionButton submit pending={take.isPending} disabled={owner.trim() === ''}>
          {t('breaks.takeOver')}
        </ActionButton>
      </div>
    </form>
  );
}

function Resolve({ found, onClose }: Props) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [resolution, setResolution] = useState<(typeof RESOLUTIONS)[number] | ''>('');
  const [reason, setReason] = useState('');
  const resolve = useMutation({
    mutationFn: (how: (typeof RESOLUTIONS)[number]) =>
      answerOf(api.POST('/v1/breaks/{breakId}/resolution', { params: { path: { breakId: found.breakId }, header }, body: { resolution: how, reason: reason.trim() } })),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['desk', 'breaks'] });
    },
  });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (resolution !== '') resolve.mutate(resolution);
      }}
    >
      <Choice
        label={t('breaks.how')}
        value={resolution}
        onChange={(how) => {
          setResolution(RESOLUTIONS.find((known) => known === how) ?? '');
        }}
        options={[['', t('breaks.choose')], ...RESOLUTIONS.map((how) => [how, t(`resolution.${how}`)] as const)]}
      />
      <TextInput label={t('operator.reason')} hint={t('keys.labelHint')} required long value={reason} onChange={setReason} />
      <p className="small muted">{t('breaks.repairsNothing')}</p>
      {resolve.isError ? <Problem error={resolve.error} /> : null}
      <div className="row end">
        <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
        <ActionButton submit look="primary" pending={resolve.isPending} disabled={resolution === '' || reason.trim() === ''}>
          {t('breaks.resolve')}
        </ActionButton>
      </div>
    </form>
  );
}
