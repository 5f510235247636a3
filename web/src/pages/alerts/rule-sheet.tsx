import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { problemOf } from '../../api/problem';
import { contactsQuery, type AlertRule, type EventType, type NewAlertRule } from '../../api/telling-queries';
import { useLanguage } from '../../i18n/locale';
import { ActionButton, Choice, Sheet, TextInput } from '../../ui/controls';
import { Problem } from '../../ui/loaded';
import { percentOf, shareOf } from './percent';
import { Rehearsal } from './rehearsal';
import { RULED, hasThreshold, isRequired } from './rule-words';

type Threshold = 'credits' | 'share' | 'days' | 'factor';

interface Props {
  readonly accountId: string;
  /** Null: a new one. */
  readonly rule: AlertRule | null;
  readonly rules: readonly AlertRule[];
  readonly onClose: () => void;
}

function thresholdOf(event: EventType, ofBalance: 'credits' | 'share'): Threshold | null {
  if (event === 'balance.below') return ofBalance;
  if (event === 'burn.unusual') return 'factor';
  return hasThreshold(event) ? 'days' : null;
}

/** A rule with its threshold, who is told, and, for the balance, on which days of the past it would have fired. */
export function RuleSheet({ accountId, rule, rules, onClose }: Props) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const [event, setEvent] = useState<EventType>(rule?.event ?? 'balance.below');
  const [ofBalance, setOfBalance] = useState<'credits' | 'share'>(rule?.share === undefined ? 'credits' : 'share');
  const [value, setValue] = useState(rule?.share === undefined ? (rule?.credits ?? rule?.days ?? rule?.factor ?? '') : percentOf(rule.share));
  const [mail, setMail] = useState<AlertRule['mail']>(rule?.mail ?? 'all');
  const [webhooks, setWebhooks] = useState(rule?.webhooks ?? true);
  const { header } = useIntention();
  const threshold = thresholdOf(event, ofBalance);
  const given = threshold === 'share' ? shareOf(value) : value.trim();
  const wanted: NewAlertRule = { event, ...(threshold === null || given === null ? {} : { [threshold]: given }), muted: rule?.muted ?? false, mail, webhooks };
  const keep = useMutation({
    mutationFn: () => {
      if (rule === null) return answerOf(api.POST('/v1/accounts/{accountId}/alert-rules', { params: { path: { accountId }, header }, body: wanted }));
      return answerOf(api.POST('/v1/accounts/{accountId}/alert-rules/{ruleId}', { params: { path: { accountId, ruleId: rule.ruleId }, header }, body: wanted }));
    },
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['account', accountId, 'alert-rules'] });
    },
  });
  const submit = (submitted: SubmitEvent): void => {
    submitted.preventDefault();
    keep.mutate();
  };
  const wrong = given === null || (keep.isError && threshold !== null && problemOf(keep.error).pointer === `/${threshold}`);
  const taken = new Set(rules.map((other) => other.event));
  const offered = RULED.filter((other) => hasThreshold(other) || !taken.has(other));
  return (
    <Sheet title={t(rule === null ? 'alerts.add' : 'alerts.editTitle')} open onClose={onClose}>
      <form className="form" onSubmit={submit}>
        {rule === null ? (
          <Choice
            label={t('alerts.event')}
            value={event}
            onChange={(chosen) => {
              setEvent(chosen as EventType);
              setValue('');
              keep.reset();
            }}
            options={offered.map((other) => [other, t(`event.${other}`)])}
          />
        ) : (
          <p>{t(`event.${event}`)}</p>
        )}
        {event === 'balance.below' ? (
          <Choice
            label={t('alerts.measure')}
            value={ofBalance}
            onChange={(chosen) => {
              setOfBalance(chosen === 'share' ? 'share' : 'credits');
              setValue('');
            }}
            options={[
              ['credits', t('alerts.byCredits')],
              ['share', t('alerts.byShare')],
            ]}
          />
        ) : null}
        {threshold === null ? null : (
          <TextInput
            label={t(`alerts.threshold.${threshold}`)}
            decimal
            required
            value={value}
            onChange={setValue}
            error={wrong && value !== '' ? t(`alerts.thresholdWrong.${threshold}`) : undefined}
          />
        )}
        {event === 'balance.below' && given !== null && given !== '' ? <Rehearsal key={`${ofBalance} ${given}`} accountId={accountId} rule={wanted} /> : null}
        <Recipients accountId={accountId} mail={mail} onChange={setMail} />
        <label className="checkbox">
          <input
            type="checkbox"
            checked={webhooks}
            onChange={(changed) => {
              setWebhooks(changed.target.checked);
            }}
          />
          <span>{t('alerts.alsoEndpoints')}</span>
        </label>
        {isRequired(event) ? <p className="small muted">{t('alerts.required')}</p> : null}
        {keep.isError && !wrong ? <Problem error={keep.error} /> : null}
        <div className="row end">
          <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
          <ActionButton submit look="primary" pending={keep.isPending} disabled={threshold !== null && (given === null || given === '')}>
            {t(rule === null ? 'alerts.create' : 'alerts.save')}
          </ActionButton>
        </div>
      </form>
    </Sheet>
  );
}

function Recipients({ accountId, mail, onChange }: { readonly accountId: string; readonly mail: AlertRule['mail']; readonly onChange: (mail: AlertRule['mail']) => void }) {
  const { t } = useLanguage();
  const contacts = useQuery(contactsQuery(accountId));
  const items = contacts.data?.items ?? [];
  const chosen = mail === 'all' ? [] : mail;
  return (
    <>
      <Choice
        label={t('alerts.mail')}
        value={mail === 'all' ? 'all' : 'some'}
        onChange={(who) => {
          onChange(who === 'all' ? 'all' : []);
        }}
        options={[
          ['all', t('alerts.allContacts')],
          ['some', t('alerts.chosenContacts')],
        ]}
      />
      {mail === 'all' ? null : items.length === 0 ? (
        <p className="small muted">{t('contacts.none')}</p>
      ) : (
        <fieldset className="stack plain-fieldset">
          <legend className="visually-hidden">{t('alerts.chosenContacts')}</legend>
          {items.map(({ contactId, name, address }) => (
            <label key={contactId} className="checkbox">
              <input
                type="checkbox"
                checked={chosen.includes(contactId)}
                onChange={({ target }) => {
                  onChange(target.checked ? [...chosen, contactId] : chosen.filter((other) => other !== contactId));
                }}
              />
              <span>
                <bdi>{name}</bdi> <bdi className="muted">{address}</bdi>
              </span>
            </label>
          ))}
        </fieldset>
      )}
    </>
  );
}
