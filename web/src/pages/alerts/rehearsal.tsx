import { useMutation } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answerOf, api } from '../../api/client';
import type { NewAlertRule } from '../../api/telling-queries';
import { useLanguage } from '../../i18n/locale';
import { Credits } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Problem } from '../../ui/loaded';

const SHOWN = 5;

/** Where the rule would have fired, out of the account's own past, before it is made. */
export function Rehearsal({ accountId, rule }: { readonly accountId: string; readonly rule: NewAlertRule }) {
  const { t, instant, count } = useLanguage();
  const rehearse = useMutation({
    mutationFn: () => answerOf(api.POST('/v1/accounts/{accountId}/alert-rules/rehearsal', { params: { path: { accountId } }, body: rule })),
  });
  const { data } = rehearse;
  return (
    <div className="stack">
      <div>
        <ActionButton
          pending={rehearse.isPending}
          onPress={() => {
            rehearse.mutate();
          }}
        >
          {t('alerts.rehearse')}
        </ActionButton>
      </div>
      {rehearse.isError ? <Problem error={rehearse.error} /> : null}
      {data === undefined ? null : (
        <div className="stack" role="region" aria-live="polite" aria-label={t('alerts.rehearse')}>
          <p className="small">
            {data.firings.length === 0
              ? t('alerts.neverFired', { entries: count(data.entriesLookedAt) })
              : t('alerts.wouldHave', { times: count(data.firings.length), entries: count(data.entriesLookedAt) })}
          </p>
          {data.firings.length === 0 ? null : (
            <ul className="small firings">
              {data.firings.slice(0, SHOWN).map(({ seq, at, balance }) => (
                <li key={seq}>
                  <Link href={`/a/${encodeURIComponent(accountId)}/ledger/${String(seq)}`}>{instant(at)}</Link> <span className="muted">{t('ledger.balance')}</span> <Credits amount={balance} />
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </div>
  );
}
