import { useState, type SubmitEvent } from 'react';
import type { components } from '../../../generated/api';
import type { EntryFilter } from '../../api/entries';
import { useLanguage } from '../../i18n/locale';
import { ActionButton, Choice, TextInput } from '../../ui/controls';

type EntryType = components['schemas']['Entry']['type'];

const TYPES: readonly EntryType[] = [
  'debit',
  'hold',
  'capture',
  'hold-released',
  'hold-expired',
  'reversal',
  'settlement',
  'waiver',
  'purchase',
  'payment',
  'allocation',
  'grant',
  'adjustment',
  'refund',
  'freeze',
  'lapse',
  'rollover',
  'order-form',
  'notice',
  'notice-delivered',
  'status',
];
const NAMES = ['from', 'through', 'feature', 'type', 'hold', 'key', 'order'] as const;
type Name = (typeof NAMES)[number];
type Fields = Record<Name, string>;

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** What the address asks for. What is no date there is no filter either. */
export function filterOf(search: URLSearchParams): EntryFilter {
  const text = (name: Name): string => search.get(name) ?? '';
  const day = (name: 'from' | 'through'): string | null => (DATE.test(text(name)) ? text(name) : null);
  const from = day('from');
  const through = day('through');
  const type = TYPES.find((other) => other === text('type'));
  return {
    ...(text('feature') === '' ? {} : { feature: text('feature') }),
    ...(type === undefined ? {} : { type }),
    ...(text('hold') === '' ? {} : { holdId: text('hold') }),
    ...(text('key') === '' ? {} : { idempotencyKey: text('key') }),
    ...(from === null ? {} : { from: `${from}T00:00:00Z` }),
    ...(through === null ? {} : { until: `${dayAfter(through)}T00:00:00Z` }),
    ...(text('order') === 'oldest' ? { order: 'oldest' } : {}),
  };
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

interface Props {
  readonly features: readonly string[];
  readonly search: URLSearchParams;
  readonly onChange: (search: URLSearchParams) => void;
}

export function Filters({ features, search, onChange }: Props) {
  const { t, word } = useLanguage();
  const [fields, setFields] = useState<Fields>(() => Object.fromEntries(NAMES.map((name) => [name, search.get(name) ?? ''])) as Fields);
  const put = (changed: Partial<Fields>): Fields => {
    const next = { ...fields, ...changed };
    setFields(next);
    return next;
  };
  const apply = (next: Fields): void => {
    onChange(new URLSearchParams(NAMES.filter((name) => next[name] !== '').map((name) => [name, next[name]])));
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    apply(fields);
  };
  const offered = fields.feature === '' || features.includes(fields.feature) ? features : [...features, fields.feature];
  return (
    <form className="filters no-print" role="search" onSubmit={submit} aria-label={t('filter.title')}>
      <TextInput label={t('filter.from')} type="date" value={fields.from} onChange={(from) => put({ from })} />
      <TextInput label={t('filter.through')} type="date" value={fields.through} onChange={(through) => put({ through })} />
      <Choice
        label={t('filter.feature')}
        value={fields.feature}
        onChange={(feature) => {
          apply(put({ feature }));
        }}
        options={[['', t('filter.all')], ...offered.map((feature) => [feature, feature] as const)]}
      />
      <Choice
        label={t('filter.type')}
        value={fields.type}
        onChange={(type) => {
          apply(put({ type }));
        }}
        options={[['', t('filter.all')], ...TYPES.map((type) => [type, word(`entryType.${type}`, type)] as const)]}
      />
      <TextInput label={t('filter.hold')} value={fields.hold} onChange={(hold) => put({ hold })} />
      <TextInput label={t('filter.key')} value={fields.key} onChange={(key) => put({ key })} />
      <Choice
        label={t('filter.order')}
        value={fields.order}
        onChange={(order) => {
          apply(put({ order }));
        }}
        options={[
          ['', t('filter.newest')],
          ['oldest', t('filter.oldest')],
        ]}
      />
      <div className="row">
        <ActionButton submit look="primary">
          {t('filter.apply')}
        </ActionButton>
        <ActionButton
          look="plain"
          onPress={() => {
            onChange(new URLSearchParams());
          }}
        >
          {t('filter.clear')}
        </ActionButton>
      </div>
    </form>
  );
}
