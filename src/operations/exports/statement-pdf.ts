import PDFDocument from 'pdfkit';
import { localDate } from '../../domain/calendar.js';
import { STATEMENT_LINES } from '../../domain/books/statement.js';
import { ZERO, amount, formatCredits, type Amount } from '../../domain/credits.js';
import { formatMoney } from '../../domain/money.js';
import type { Statement } from '../statements.js';
import { MARGIN, PLAIN, Page, type Rows } from './pdf-page.js';
import { lineName } from './statement-tables.js';

const NOTHING = '–';

/** The statement as a document that a licensee hands to its own finance. The same statement is the same bytes. */
export async function statementPdf(statement: Statement): Promise<Buffer> {
  const { period, licensee, rates } = statement;
  // Nothing of the moment at which it is drawn may be in it.
  const date = new Date(`${period.through ?? period.from}T00:00:00Z`);
  const title = `AI credits statement ${statement.accountId} ${period.from} to ${period.through ?? 'date'}`;
  const document = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    font: PLAIN,
    lang: 'en',
    displayTitle: true,
    info: { Title: title, Author: 'Kaltura AI Credits', CreationDate: date, ModDate: date },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const done = new Promise<void>((resolve) => document.once('end', resolve));
  const page = new Page(document);

  page.title('Statement of AI credits', period.state === 'closed' ? null : 'PROVISIONAL: the period is still open');
  page.facts([
    ['Issued by', 'Kaltura, under the AI Addendum'],
    ['Licensee', licensee.legalName],
    ['Account', statement.accountId],
    ['Period', `${period.from} to ${period.through ?? 'now (open)'}, calendar days in ${period.timeZone}`],
    ['Ledger', `entries 1 to ${String(period.seq)}`],
  ]);
  page.table('Balance', balance(statement));
  page.table('Use by feature', use(statement));
  page.table('Purchases', purchased(statement));
  page.table('Lots', lotsOf(statement));
  rates.forEach(({ rateVersion, effectiveDate, features }, i) => {
    page.table(`Rates ${rateName(i)}: ${rateVersion}, of ${effectiveDate}`, {
      columns: [{ title: 'Feature', width: 0.4 }, { title: 'Meter', width: 0.3 }, { title: 'Credits per unit', width: 0.3, number: true }],
      rows: features.flatMap(({ feature, rates: meters }) => meters.map(({ meter, unit, creditsPerUnit }) => [feature, meter, `${creditsPerUnit} / ${unit}`])),
    });
  });
  page.notes([
    'Credits are used at the rates and the price of the lot that they come from. Amounts of money are exclusive of tax, and what was paid for the credits; credits have no cash value. Trial and promotional credits carry no money.',
    ...(statement.lateEntries === 0 ? [] : [`${String(statement.lateEntries)} entries belong to an earlier, closed period by their event, and were booked to this one.`]),
    ...(/^0\.0+$/.test(statement.unfunded) ? [] : [`Usage that no credit was there for: ${shown(statement.unfunded)} credits. It is a record, not a debt.`]),
  ]);
  page.footers(`${licensee.legalName} · ${statement.accountId} · ${period.from} to ${period.through ?? 'now'}`);
  document.end();
  await done;
  return Buffer.concat(chunks);
}

/** Every line is what it adds: opening and all of them come to closing. */
function balance({ credits, money }: Statement): Rows {
  const ends = [0, STATEMENT_LINES.length - 1];
  const figure = (text: string, line: number): string => (ends.includes(line) || !amount(text).isZero() ? shown(text) : NOTHING);
  return {
    columns: [{ title: '', width: 0.34 }, { title: 'Credits', width: 0.26, number: true }, ...money.map(({ currency }) => ({ title: currency, width: 0.4 / money.length, number: true }))],
    rows: STATEMENT_LINES.map((line, i) => [lineName(line), figure(credits[line], i), ...money.map(({ lines }) => figure(lines[line], i))]),
    strong: new Set(ends),
  };
}

function use({ features, money }: Statement): Rows {
  const currencies = money.map(({ currency }) => currency);
  const spent = (feature: Statement['features'][number], currency: string): string | null => feature.money.find((one) => one.currency === currency)?.amount ?? null;
  const rows = features.map((one) => [one.feature, String(one.actions), shown(one.credits), ...currencies.map((currency) => shown(spent(one, currency) ?? NOTHING))]);
  const total = [
    'Total',
    String(features.reduce((sum, { actions }) => sum + actions, 0)),
    shown(formatCredits(sumOf(features.map(({ credits }) => credits)))),
    ...currencies.map((currency) => grouped(formatMoney(sumOf(features.flatMap((one) => spent(one, currency) ?? [])), currency))),
  ];
  return {
    columns: [
      ...[{ title: 'Feature', width: 0.34 }, { title: 'Actions', width: 0.12, number: true }, { title: 'Credits', width: 0.24, number: true }],
      ...currencies.map((currency) => ({ title: `${currency}, at the price paid`, width: 0.3 / currencies.length, number: true })),
    ],
    rows: rows.length > 1 ? [...rows, total] : rows,
    strong: new Set(rows.length > 1 ? [rows.length] : []),
  };
}

function purchased({ purchases }: Statement): Rows {
  const currencies = [...new Set(purchases.map(({ currency }) => currency))].sort();
  const rows = purchases.map((one) => [one.purchaseId, one.allocatedOn, String(one.lotId), shown(one.credits), one.currency, grouped(one.price)]);
  const totals = currencies.map((currency) => {
    const of = purchases.filter((one) => one.currency === currency);
    return ['Total', '', '', shown(formatCredits(sumOf(of.map(({ credits }) => credits)))), currency, grouped(formatMoney(sumOf(of.map(({ price }) => price)), currency))];
  });
  return {
    columns: [
      ...[{ title: 'Purchase', width: 0.36 }, { title: 'Allocated', width: 0.13 }, { title: 'Lot', width: 0.07 }, { title: 'Credits', width: 0.2, number: true }],
      ...[{ title: '', width: 0.06 }, { title: 'Price without tax', width: 0.18, number: true }],
    ],
    rows: rows.length > 1 ? [...rows, ...totals] : rows,
    strong: new Set(rows.length > 1 ? totals.map((_, i) => rows.length + i) : []),
  };
}

/** `Other` is all that is neither debit nor what was there before, so that a row adds up. */
function lotsOf({ lots, rates, period }: Statement): Rows {
  return {
    columns: [
      ...[{ title: 'Lot', width: 0.05 }, { title: 'Kind', width: 0.1 }, { title: 'Rates', width: 0.055 }, { title: 'Valid through', width: 0.115 }],
      ...[{ title: 'A credit', width: 0.12, number: true }, { title: 'Opening', width: 0.14, number: true }, { title: 'Other', width: 0.14, number: true }],
      ...[{ title: 'Debits', width: 0.14, number: true }, { title: 'Closing', width: 0.14, number: true }],
    ],
    rows: lots.map((lot) => {
      const { opening, debits, closing } = lot.lines;
      const other = amount(closing).sub(amount(opening)).sub(amount(debits));
      return [
        ...[String(lot.lotId), lot.kind, rateName(rates.findIndex(({ rateVersion }) => rateVersion === lot.rateVersion)), lot.validUntil === null ? 'end of Term' : localDate(Date.parse(lot.validUntil) - 1, period.timeZone)],
        ...[lot.unitPrice === null ? 'none' : `${lot.unitPrice} ${lot.currency ?? ''}`, shown(opening), shown(formatCredits(other)), shown(debits), shown(closing)],
      ];
    }),
  };
}

function rateName(index: number): string {
  return index < 0 ? NOTHING : `R${String(index + 1)}`;
}

function sumOf(texts: readonly string[]): Amount {
  return texts.reduce((sum, text) => sum.add(amount(text)), ZERO);
}

/** Credits for people: all digits that they have, at least two behind the point. */
function shown(credits: string): string {
  return grouped(credits.replace(/(\.\d\d\d*?)0+$/, '$1'));
}

function grouped(amountText: string): string {
  const [whole = '', fraction] = amountText.split('.');
  const thousands = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? thousands : `${thousands}.${fraction}`;
}
