import type { LedgerConnection, Row } from '../connection.js';
import type { CitedDebit, CitedLeg } from '../../domain/account-state.js';
import { ZERO, amount, least, type Amount } from '../../domain/credits.js';
import { PlainColumn, TextColumn } from './array-literal.js';

const DEBITS = {
  name: 'load-cited-debits',
  text: `SELECT n.account_id, n.seq, (extract(epoch FROM e.occurred_at) * 1000)::bigint, e.feature,
      p.line, p.lot_id, p.rate_version, p.share, p.credits
    FROM unnest($1::text[], $2::bigint[]) AS n (account_id, seq)
    JOIN entry AS e ON e.account_id = n.account_id AND e.seq = n.seq AND e.type IN ('debit', 'capture')
    LEFT JOIN posting AS p ON p.account_id = n.account_id AND p.seq = n.seq AND p.to_bucket = 'consumed'
    ORDER BY n.account_id, n.seq, p.line`,
};

const REVERSALS = {
  name: 'load-reversals',
  text: `SELECT n.account_id, n.seq, e.seq, e.detail ->> 'share', p.lot_id, p.credits
    FROM unnest($1::text[], $2::bigint[]) AS n (account_id, seq)
    JOIN entry AS e ON e.account_id = n.account_id AND e.cites = n.seq AND e.type = 'reversal'
    LEFT JOIN posting AS p ON p.account_id = e.account_id AND p.seq = e.seq`,
};

export interface CitedDebitOfAccount {
  readonly accountId: string;
  readonly debit: CitedDebit;
}

/** Debits and captures that reversals of the batch cite, with what was given back of them. */
export async function loadCitedDebits(
  connection: LedgerConnection,
  cited: readonly { readonly accountId: string; readonly seq: number }[],
): Promise<CitedDebitOfAccount[]> {
  const accounts = new TextColumn();
  const seqs = new PlainColumn();
  // Each once, however many reversals of the batch cite it: a leg that is read twice would be given back twice.
  for (const { accountId, seq } of new Map(cited.map((one) => [`${one.seq}/${one.accountId}`, one])).values()) {
    accounts.add(accountId);
    seqs.add(seq);
  }
  const values = [accounts.toString(), seqs.toString()];
  const [debits, reversals] = await Promise.all([connection.run(DEBITS, values), connection.run(REVERSALS, values)]);
  const found = new Map<string, CitedDebitOfAccount & { debit: { legs: CitedLeg[] } }>();
  for (const [accountId, seq, occurredAt, feature, line, lotId, rateVersion, share, credits] of debits) {
    const key = JSON.stringify([accountId, seq]);
    let of = found.get(key);
    if (of === undefined) {
      const debit = {
        seq: Number.parseInt(seq as string, 10),
        occurredAt: Number.parseInt(occurredAt as string, 10),
        feature: feature ?? null,
        legs: [] as CitedLeg[],
        reversedShare: reversedShare(reversals, accountId, seq),
      };
      of = { accountId: accountId as string, debit };
      found.set(key, of);
    }
    if (line == null) continue;
    of.debit.legs.push({
      line: Number.parseInt(line, 10),
      lotId: Number.parseInt(lotId as string, 10),
      rateVersion: rateVersion as string,
      share: amount(share as string),
      credits: amount(credits as string),
      reversed: ZERO,
    });
  }
  for (const { accountId, debit } of found.values()) {
    debit.legs = withReversed(debit.legs, reversals.filter((row) => row[0] === accountId && row[1] === String(debit.seq)));
  }
  return [...found.values()];
}

/**
 * What was given back of each leg. A lot may have paid two legs of a capture, one that was held and one that was available:
 * as reversals take the newest leg first, what a lot got back belongs to its newest leg, up to all of it, before an older one.
 */
function withReversed(legs: readonly CitedLeg[], reversals: readonly Row[]): CitedLeg[] {
  const given = new Map<number, Amount>();
  for (const [, , , , lotId, credits] of reversals) {
    if (lotId == null) continue;
    const id = Number.parseInt(lotId, 10);
    given.set(id, (given.get(id) ?? ZERO).add(credits as string));
  }
  const newestFirst = [...legs].reverse().map((leg) => {
    const left = given.get(leg.lotId) ?? ZERO;
    const reversed = least(left, leg.credits);
    given.set(leg.lotId, left.sub(reversed));
    return { ...leg, reversed };
  });
  return newestFirst.reverse();
}

function reversedShare(
  reversals: readonly Row[],
  accountId: string | null | undefined,
  seq: string | null | undefined,
): CitedDebit['reversedShare'] {
  const shares = new Map<string, string>();
  for (const row of reversals) {
    if (row[0] === accountId && row[1] === seq) shares.set(row[2] as string, row[3] as string);
  }
  return [...shares.values()].reduce((sum, share) => sum.add(share), ZERO);
}
