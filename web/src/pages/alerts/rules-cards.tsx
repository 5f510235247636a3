import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../../api/client';
import { newKey } from '../../api/idempotency';
import { alertRulesQuery, type AlertRule, type NewAlertRule } from '../../api/telling-queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Badge, Card, Empty } from '../../ui/basics';
import { ConfirmSheet } from '../../ui/confirm-sheet';
import { ActionButton } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { RuleSheet } from './rule-sheet';
import { hasThreshold, isRequired, ruleWords } from './rule-words';

/** Rules with a threshold first, which are what an admin sets; then who is told of everything else. */
export function RulesCards({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const rules = useQuery(alertRulesQuery(accountId));
  const [open, setOpen] = useState<AlertRule | 'new' | null>(null);
  const close = (): void => {
    setOpen(null);
  };
  return (
    <>
      {open === null || rules.data === undefined ? null : <RuleSheet accountId={accountId} rule={open === 'new' ? null : open} rules={rules.data.items} onClose={close} />}
      <Card
        title={t('alerts.rules')}
        aside={
          may.buy ? (
            <ActionButton
              look="primary"
              disabled={rules.data === undefined}
              onPress={() => {
                setOpen('new');
              }}
            >
              {t('alerts.add')}
            </ActionButton>
          ) : undefined
        }
      >
        <Loaded query={rules}>
          {({ items, own }) => {
            const thresholds = items.filter(({ event }) => hasThreshold(event));
            return (
              <>
                <p className="small muted">{t(own ? 'alerts.ownRules' : 'alerts.defaultRules')}</p>
                {thresholds.length === 0 ? <Empty title={t('alerts.none')}>{t('alerts.noneWhat')}</Empty> : <Rules accountId={accountId} label={t('alerts.rules')} rules={thresholds} onEdit={setOpen} />}
              </>
            );
          }}
        </Loaded>
      </Card>
      <Card title={t('alerts.others')}>
        <p className="small muted">{t('alerts.othersLead')}</p>
        <Loaded query={rules}>
          {({ items }) => <Rules accountId={accountId} label={t('alerts.others')} rules={items.filter(({ event }) => !hasThreshold(event))} onEdit={setOpen} />}
        </Loaded>
      </Card>
    </>
  );
}

/** The rule as it is asked for: all but what the service adds. */
function wantedOf({ event, credits, share, days, factor, muted, mail, webhooks }: AlertRule): NewAlertRule {
  const threshold = Object.fromEntries(Object.entries({ credits, share, days, factor }).filter(([, value]) => value !== undefined));
  return { event, ...threshold, muted, mail, webhooks };
}

interface Props {
  readonly accountId: string;
  readonly label: string;
  readonly rules: readonly AlertRule[];
  readonly onEdit: (rule: AlertRule) => void;
}

function Rules({ accountId, label, rules, onEdit }: Props) {
  const language = useLanguage();
  const { t } = language;
  const may = useMay();
  const client = useQueryClient();
  const [ending, setEnding] = useState<AlertRule | null>(null);
  const changed = (): Promise<void> => client.invalidateQueries({ queryKey: ['account', accountId, 'alert-rules'] });
  const mute = useMutation({
    mutationFn: (rule: AlertRule) =>
      answerOf(
        api.POST('/v1/accounts/{accountId}/alert-rules/{ruleId}', {
          params: { path: { accountId, ruleId: rule.ruleId }, header: { 'Idempotency-Key': newKey() } },
          body: { ...wantedOf(rule), muted: !rule.muted },
        }),
      ),
    onSuccess: changed,
  });
  const close = (): void => {
    setEnding(null);
  };
  return (
    <>
      {ending === null ? null : (
        <ConfirmSheet
          title={t('alerts.endTitle')}
          what={t(isRequired(ending.event) ? 'alerts.endRequired' : 'alerts.endWhat', { rule: ruleWords(ending, language) })}
          confirm={t('alerts.end')}
          run={() => answerOf(api.DELETE('/v1/accounts/{accountId}/alert-rules/{ruleId}', { params: { path: { accountId, ruleId: ending.ruleId } } }))}
          onDone={async () => {
            close();
            await changed();
          }}
          onClose={close}
        />
      )}
      {mute.isError ? <Problem error={mute.error} /> : null}
      <Table
        label={label}
        columns={[
          { name: t('alerts.alert'), cell: (rule) => ruleWords(rule, language) },
          { name: t('alerts.told'), cell: (rule) => <Told rule={rule} /> },
          { name: t('purchases.state'), cell: (rule) => <RuleState rule={rule} accountId={accountId} /> },
          ...(may.buy
            ? [
                {
                  name: t('common.action'),
                  cell: (rule: AlertRule) => (
                    <span className="row">
                      <ActionButton
                        look="plain"
                        onPress={() => {
                          onEdit(rule);
                        }}
                      >
                        {t('alerts.edit')}
                      </ActionButton>
                      {isRequired(rule.event) ? null : (
                        <ActionButton
                          look="plain"
                          pending={mute.isPending && mute.variables.ruleId === rule.ruleId}
                          onPress={() => {
                            mute.mutate(rule);
                          }}
                        >
                          {t(rule.muted ? 'alerts.unmute' : 'alerts.mute')}
                        </ActionButton>
                      )}
                      <ActionButton
                        look="plain"
                        onPress={() => {
                          setEnding(rule);
                        }}
                      >
                        {t('alerts.end')}
                      </ActionButton>
                    </span>
                  ),
                },
              ]
            : []),
        ]}
        rows={rules}
        keyOf={({ ruleId }) => ruleId}
      />
    </>
  );
}

function Told({ rule }: { readonly rule: AlertRule }) {
  const { t, count } = useLanguage();
  if (rule.muted) return <span className="muted">{t('alerts.nobody')}</span>;
  const mail = rule.mail === 'all' ? t('alerts.allContacts') : rule.mail.length === 0 ? null : t('alerts.someContacts', { count: count(rule.mail.length) });
  const ways = [mail, rule.webhooks ? t('alerts.endpoints') : null].filter((way) => way !== null);
  return ways.length === 0 ? <span className="muted">{t('alerts.nobody')}</span> : ways.join(', ');
}

function RuleState({ rule, accountId }: { readonly rule: AlertRule; readonly accountId: string }) {
  const { t, instant } = useLanguage();
  return (
    <span className="row">
      {rule.muted ? <Badge>{t('alerts.muted')}</Badge> : null}
      {rule.fired === null ? (
        hasThreshold(rule.event) && !rule.muted ? <Badge tone="good">{t('alerts.armed')}</Badge> : null
      ) : (
        <Link href={`/a/${encodeURIComponent(accountId)}/ledger/${String(rule.fired.seq)}`}>
          <Badge tone="warn">{t('alerts.fired', { at: instant(rule.fired.at) })}</Badge>
        </Link>
      )}
    </span>
  );
}
