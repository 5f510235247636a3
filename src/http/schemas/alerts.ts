import { z } from 'zod';
import { THRESHOLD_EVENTS, type AlertRule } from '../../domain/alert-rule.js';
import { amount } from '../../domain/credits.js';
import { EVENT_TYPES } from '../../domain/event.js';
import { entryAnswer } from './answers.js';
import { decimalText, id, positiveAmount, wholeNumber } from './values.js';

/** Alert rules: bodies and answers (SPEC 11). */
const days = wholeNumber(365, 'So many days before, 1 to 365.');
const share = decimalText(9, 'Share of the last purchase, 0 < share < 1.').refine((value) => amount(value).gt(0) && amount(value).lt(1), {
  error: 'A share lies between 0 and 1.',
});
const factor = decimalText(3, 'More than so many times the usual burn, from 1.1 to 1000.').refine(
  (value) => amount(value).gte('1.1') && amount(value).lte(1000),
  { error: 'A factor lies between 1.1 and 1000.' },
);

/** What a rule of each event needs besides: one of these. Of all others nothing. */
const NEEDED: Readonly<Partial<Record<AlertRule['event'], readonly (keyof AlertRule)[]>>> = {
  'balance.below': ['credits', 'share'],
  'runway.below': ['days'],
  'term.ending': ['days'],
  'lot.ending': ['days'],
  'burn.unusual': ['factor'],
};
const THRESHOLDS = ['credits', 'share', 'days', 'factor'] as const;

export const newAlertRule = z
  .strictObject({
    event: z.enum(EVENT_TYPES).meta({ description: `Of ${[...THRESHOLD_EVENTS].join(', ')} there may be several rules; of each other event one says who is told.` }),
    credits: positiveAmount.optional().meta({ description: 'balance.below: at or below so many credits.' }),
    share: share.optional().meta({ description: 'balance.below: at or below this share of the last purchase.' }),
    days: days.optional().meta({ description: 'runway.below, term.ending, lot.ending: so many days before.' }),
    factor: factor.optional().meta({ description: 'burn.unusual: more than so many times the usual burn.' }),
    muted: z.boolean().default(false).meta({ description: 'Recorded and shown in the web account, and sent to nobody.' }),
    mail: z
      .union([z.literal('all'), z.array(id).max(50)])
      .default('all')
      .meta({ description: 'Contacts that get a mail: "all" of the licensee\'s, or these ids.' }),
    webhooks: z.boolean().default(true).meta({ description: 'Whether endpoints that listen to this event get it.' }),
  })
  .superRefine((rule, context) => {
    const needed = NEEDED[rule.event] ?? [];
    const given = THRESHOLDS.filter((name) => rule[name] !== undefined);
    if (given.length === (needed.length === 0 ? 0 : 1) && given.every((name) => needed.includes(name))) return;
    const message = needed.length === 0 ? `A rule of ${rule.event} has no threshold.` : `A rule of ${rule.event} has one threshold: ${needed.join(' or ')}.`;
    context.addIssue({ code: 'custom', message, path: [given.find((name) => !needed.includes(name)) ?? needed[0] ?? 'event'] });
  })
  .meta({ id: 'NewAlertRule' });

const fired = z
  .strictObject({ seq: z.int(), at: z.string().meta({ format: 'date-time' }) })
  .nullable()
  .meta({ description: 'Where it fired; null: it is armed.' });
const ruleFields = {
  ruleId: z.string(),
  event: z.enum(EVENT_TYPES),
  credits: z.string().optional(),
  share: z.string().optional(),
  days: z.string().optional(),
  factor: z.string().optional(),
  muted: z.boolean(),
  mail: z.union([z.literal('all'), z.array(z.string())]),
  webhooks: z.boolean(),
};
export const alertRulesAnswer = z
  .strictObject({ items: z.array(z.strictObject({ ...ruleFields, fired })), own: z.boolean().meta({ description: 'false: the rules that every new account has.' }) })
  .meta({ id: 'AlertRules' });
export const alertRuleChangedAnswer = z
  .strictObject({ rule: z.strictObject(ruleFields).nullable().meta({ description: 'null: it has ended.' }), entry: entryAnswer })
  .meta({ id: 'AlertRuleChanged' });
export const alertRehearsalAnswer = z
  .strictObject({
    entriesLookedAt: z.int(),
    from: z.string().nullable(),
    firings: z.array(
      z.strictObject({
        seq: z.int(),
        at: z.string().meta({ format: 'date-time' }),
        threshold: z.string().meta({ description: 'Credits, days or factor, as the rule has it.' }),
        balance: z.string(),
        measured: z.string().meta({ description: 'What the rule looked at: the balance, the days of runway, or the credits of the last 24 hours.' }),
      }),
    ),
  })
  .meta({ id: 'AlertRehearsal', description: 'Where the rule would have fired, newest first, at most 100.' });
