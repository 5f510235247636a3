import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { replenishmentRulesQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Card, Empty } from '../../ui/basics';
import { ActionButton, TextInput } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';

/** Rules that prepare a draft when the balance is low. */
export function RulesCard({ accountId }: { readonly accountId: string }) {
  const { t, credits } = useLanguage();
  const may = useMay();
  const client = useQueryClient();
  const rules = useQuery(replenishmentRulesQuery(accountId));
  const [adding, setAdding] = useState(false);
  const end = useMutation({
    mutationFn: (ruleId: string) => answerOf(api.DELETE('/v1/accounts/{accountId}/replenishment-rules/{ruleId}', { params: { path: { accountId, ruleId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['account', accountId, 'replenishment-rules'] }),
  });
  return (
    <Card
      title={t('rules.title')}
      aside={
        may.buy && !adding ? (
          <ActionButton
            onPress={() => {
              setAdding(true);
            }}
          >
            {t('rules.add')}
          </ActionButton>
        ) : undefined
      }
    >
      <p className="small muted">{t('rules.lead')}</p>
      {adding ? (
        <NewRule
          accountId={accountId}
          onDone={() => {
            setAdding(false);
          }}
        />
      ) : null}
      <Loaded query={rules} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('rules.none')} />
          ) : (
            <ul className="stack">
              {items.map(({ ruleId, balanceAt, credits: wanted }) => (
                <li key={ruleId} className="card-head">
                  <span>{t('rules.rule', { balance: credits(balanceAt), credits: credits(wanted) })}</span>
                  {may.buy ? (
                    <ActionButton
                      look="plain"
                      pending={end.isPending}
                      onPress={() => {
                        end.mutate(ruleId);
                      }}
                    >
                      {t('rules.end')}
                    </ActionButton>
                  ) : null}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {end.isError ? <Problem error={end.error} /> : null}
    </Card>
  );
}

function NewRule({ accountId, onDone }: { readonly accountId: string; readonly onDone: () => void }) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [balanceAt, setBalanceAt] = useState('');
  const [credits, setCredits] = useState('');
  const create = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/v1/accounts/{accountId}/replenishment-rules', { params: { path: { accountId }, header }, body: { balanceAt: balanceAt.trim(), credits: credits.trim() } })),
    onSuccess: async () => {
      onDone();
      await client.invalidateQueries({ queryKey: ['account', accountId, 'replenishment-rules'] });
    },
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      <TextInput label={t('rules.balanceAt')} decimal required value={balanceAt} onChange={setBalanceAt} />
      <TextInput label={t('rules.credits')} decimal required value={credits} onChange={setCredits} />
      {create.isError ? <Problem error={create.error} /> : null}
      <div className="row">
        <ActionButton submit look="primary" pending={create.isPending}>
          {t('rules.create')}
        </ActionButton>
        <ActionButton onPress={onDone}>{t('common.cancel')}</ActionButton>
      </div>
    </form>
  );
}
