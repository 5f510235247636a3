import { STATEMENT_LINES } from '../../domain/books/statement.js';
import type { Statement } from '../statements.js';
import { amountCell, type Cell, type Table } from './table.js';

/** A statement as one list, for programs: each line is one figure, named by what it belongs to. */
export function statementList(statement: Statement): Table {
  const { period, licensee, credits, money, features, purchases, lots, rates } = statement;
  const rows: Cell[][] = [
    ['statement', null, 'accountId', null, statement.accountId],
    ['statement', null, 'licensee', null, licensee.legalName],
    ['statement', null, 'from', null, period.from],
    ['statement', null, 'through', null, period.through],
    ['statement', null, 'timeZone', null, period.timeZone],
    ['statement', null, 'state', null, period.state],
    ['statement', null, 'seq', null, period.seq],
    ['statement', null, 'lateEntries', null, statement.lateEntries],
    ['statement', null, 'unfunded', 'credits', amountCell(statement.unfunded)],
  ];
  for (const line of STATEMENT_LINES) rows.push(['credits', null, line, 'credits', amountCell(credits[line])]);
  for (const { currency, lines } of money) for (const line of STATEMENT_LINES) rows.push(['money', currency, line, currency, amountCell(lines[line])]);
  for (const { feature, actions, credits: used, money: spent } of features) {
    rows.push(['feature', feature, 'actions', null, actions], ['feature', feature, 'credits', 'credits', amountCell(used)]);
    for (const { currency, amount } of spent) rows.push(['feature', feature, 'money', currency, amountCell(amount)]);
  }
  for (const { purchaseId, currency, ...purchase } of purchases) {
    rows.push(['purchase', purchaseId, 'lotId', null, purchase.lotId], ['purchase', purchaseId, 'allocatedOn', null, purchase.allocatedOn]);
    rows.push(['purchase', purchaseId, 'credits', 'credits', amountCell(purchase.credits)]);
    rows.push(['purchase', purchaseId, 'unitPrice', currency, amountCell(purchase.unitPrice)], ['purchase', purchaseId, 'price', currency, amountCell(purchase.price)]);
  }
  for (const lot of lots) {
    const id = String(lot.lotId);
    for (const term of ['kind', 'allocatedAt', 'validUntil', 'rateVersion'] as const) rows.push(['lot', id, term, null, lot[term]]);
    if (lot.unitPrice !== null) rows.push(['lot', id, 'unitPrice', lot.currency, amountCell(lot.unitPrice)]);
    for (const line of STATEMENT_LINES) rows.push(['lot', id, line, 'credits', amountCell(lot.lines[line])]);
    rows.push(['lot', id, 'held', 'credits', amountCell(lot.held)], ['lot', id, 'frozen', 'credits', amountCell(lot.frozen)]);
    if (lot.money !== null) for (const line of STATEMENT_LINES) rows.push(['lot', id, line, lot.currency, amountCell(lot.money[line])]);
  }
  for (const { rateVersion, features: rated } of rates) {
    for (const { feature, rates: meters } of rated) {
      for (const { meter, unit, creditsPerUnit } of meters) {
        rows.push(['rate', `${rateVersion} ${feature} ${meter}`, 'creditsPerUnit', `credits per ${unit}`, amountCell(creditsPerUnit)]);
      }
    }
  }
  return { name: 'Statement', columns: ['section', 'item', 'line', 'unit', 'value'], rows };
}

/** A statement as sheets, for people. */
export function statementSheets(statement: Statement): Table[] {
  const { period, licensee, credits, money, features, purchases, lots, rates } = statement;
  const balance: Table = {
    name: 'Balance',
    columns: ['Line', 'Credits', ...money.map(({ currency }) => currency)],
    rows: STATEMENT_LINES.map((line) => [lineName(line), amountCell(credits[line]), ...money.map(({ lines }) => amountCell(lines[line]))]),
  };
  const about: Table = {
    name: 'Statement',
    columns: ['About', 'Value'],
    rows: [
      ['Licensee', licensee.legalName],
      ['Account', statement.accountId],
      ['From', period.from],
      ['Through', period.through],
      ['Time zone', period.timeZone],
      ['State', period.state === 'closed' ? 'closed' : 'open: provisional'],
      ['Entries up to', period.seq],
      ['Entries booked late', statement.lateEntries],
      ['Unfunded usage, credits', amountCell(statement.unfunded)],
    ],
  };
  const currencies = money.map(({ currency }) => currency);
  return [
    about,
    balance,
    {
      name: 'Use by feature',
      columns: ['Feature', 'Actions', 'Credits', ...currencies],
      rows: features.map(({ feature, actions, credits: used, money: spent }) => [
        feature,
        actions,
        amountCell(used),
        ...currencies.map((currency) => spent.find((other) => other.currency === currency)).map((found) => (found === undefined ? null : amountCell(found.amount))),
      ]),
    },
    {
      name: 'Purchases',
      columns: ['Purchase', 'Lot', 'Allocated on', 'Credits', 'Unit price', 'Price', 'Currency'],
      rows: purchases.map((one) => [one.purchaseId, one.lotId, one.allocatedOn, amountCell(one.credits), amountCell(one.unitPrice), amountCell(one.price), one.currency]),
    },
    {
      name: 'Lots',
      columns: ['Lot', 'Kind', 'Allocated', 'Valid until', 'Rates', 'Unit price', 'Currency', ...STATEMENT_LINES.map(lineName), 'Held', 'Frozen', 'Closing money'],
      rows: lots.map((lot) => [
        lot.lotId,
        lot.kind,
        lot.allocatedAt,
        lot.validUntil,
        lot.rateVersion,
        lot.unitPrice === null ? null : amountCell(lot.unitPrice),
        lot.currency,
        ...STATEMENT_LINES.map((line) => amountCell(lot.lines[line])),
        amountCell(lot.held),
        amountCell(lot.frozen),
        lot.money === null ? null : amountCell(lot.money.closing),
      ]),
    },
    {
      name: 'Rates',
      columns: ['Rates', 'In effect from', 'Feature', 'Meter', 'Credits per unit', 'Unit', 'Increment', 'Minimum'],
      rows: rates.flatMap(({ rateVersion, effectiveDate, features: rated }) =>
        rated.flatMap(({ feature, rates: meters }) =>
          meters.map(({ meter, unit, creditsPerUnit, increment, minimum }): Cell[] => [
            ...[rateVersion, effectiveDate, feature, meter],
            amountCell(creditsPerUnit),
            unit,
            increment === undefined ? null : amountCell(increment),
            minimum === undefined ? null : amountCell(minimum),
          ]),
        ),
      ),
    },
  ];
}

export function lineName(line: (typeof STATEMENT_LINES)[number]): string {
  return line.charAt(0).toUpperCase() + line.slice(1);
}
