import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { STATEMENT_LINES } from '../../domain/books/statement.js';
import type { Statement } from '../statements.js';
import { lineName } from './statement-tables.js';

const fonts = createRequire(import.meta.url);
const PLAIN = fonts.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf');
const BOLD = fonts.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf');
const MARGIN = 50;
const INK = '#1a1f2b';
const GREY = '#667085';
const RULE = '#d0d5dd';
const TEXT = 8.5;
const ROW = 15;
/** Below this nothing is written but the footer. */
const BOTTOM = 70;

interface Column {
  readonly title: string;
  /** Share of the page's width. */
  readonly width: number;
  readonly number?: boolean;
}

/** The statement as a document that a licensee hands to its own finance. The same statement is the same bytes. */
export async function statementPdf(statement: Statement): Promise<Buffer> {
  const { period, licensee, money, features, purchases, lots, rates } = statement;
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
    ['Licensee', licensee.legalName],
    ['Account', statement.accountId],
    ['Period', `${period.from} to ${period.through ?? 'now (open)'}, calendar days in ${period.timeZone}`],
    ['Ledger', `entries 1 to ${String(period.seq)}`],
  ]);
  page.table(
    'Balance',
    [{ title: '', width: 0.34 }, { title: 'Credits', width: 0.26, number: true }, ...money.map(({ currency }) => ({ title: currency, width: 0.4 / money.length, number: true }))],
    STATEMENT_LINES.map((line) => [lineName(line), shown(statement.credits[line]), ...money.map(({ lines }) => grouped(lines[line]))]),
    new Set([0, STATEMENT_LINES.length - 1]),
  );
  page.table(
    'Use by feature',
    [{ title: 'Feature', width: 0.34 }, { title: 'Actions', width: 0.14, number: true }, { title: 'Credits', width: 0.22, number: true }, { title: 'At the price paid', width: 0.3, number: true }],
    features.map(({ feature, actions, credits, money: spent }) => [
      feature,
      grouped(String(actions)),
      shown(credits),
      spent.map(({ currency, amount }) => `${grouped(amount)} ${currency}`).join(', '),
    ]),
  );
  page.table(
    'Purchases',
    [{ title: 'Purchase', width: 0.4 }, { title: 'Allocated', width: 0.14 }, { title: 'Credits', width: 0.2, number: true }, { title: 'Price without tax', width: 0.26, number: true }],
    purchases.map((one) => [one.purchaseId, one.allocatedOn, shown(one.credits), `${grouped(one.price)} ${one.currency}`]),
  );
  page.table(
    'Lots',
    [
      ...[{ title: 'Lot', width: 0.08 }, { title: 'Kind', width: 0.12 }, { title: 'Rates', width: 0.2 }],
      ...[{ title: 'Price of a credit', width: 0.15, number: true }, { title: 'Opening', width: 0.15, number: true }],
      ...[{ title: 'Used', width: 0.15, number: true }, { title: 'Closing', width: 0.15, number: true }],
    ],
    lots.map((lot) => [
      ...[String(lot.lotId), lot.kind, lot.rateVersion, lot.unitPrice === null ? 'none' : `${lot.unitPrice} ${lot.currency ?? ''}`],
      ...[shown(lot.lines.opening), shown(lot.lines.debits), shown(lot.lines.closing)],
    ]),
  );
  page.table(
    'Rates of these lots',
    [{ title: 'Rates', width: 0.26 }, { title: 'Feature', width: 0.24 }, { title: 'Meter', width: 0.24 }, { title: 'Credits per unit', width: 0.26, number: true }],
    rates.flatMap(({ rateVersion, features: rated }) =>
      rated.flatMap(({ feature, rates: meters }) => meters.map(({ meter, unit, creditsPerUnit }) => [rateVersion, feature, meter, `${creditsPerUnit} / ${unit}`])),
    ),
  );
  page.notes([
    'Credits are used at the rates and the price of the lot that they come from. Amounts of money are exclusive of tax, and what was paid for the credits; credits have no cash value.',
    ...(statement.lateEntries === 0 ? [] : [`${String(statement.lateEntries)} entries belong to an earlier, closed period by their event, and were booked to this one.`]),
    ...(/^0\.0+$/.test(statement.unfunded) ? [] : [`Usage that no credit was there for: ${shown(statement.unfunded)} credits. It is a record, not a debt.`]),
  ]);
  page.footers(`${licensee.legalName} · ${statement.accountId} · ${period.from} to ${period.through ?? 'now'}`);
  document.end();
  await done;
  return Buffer.concat(chunks);
}

/** Writes down a page and goes on to the next one. */
class Page {
  private y = MARGIN;
  private readonly width: number;

  constructor(private readonly document: PDFKit.PDFDocument) {
    this.width = document.page.width - 2 * MARGIN;
  }

  title(text: string, remark: string | null): void {
    this.text(text, MARGIN, this.width, { size: 20, font: BOLD });
    this.y += 28;
    if (remark !== null) {
      this.text(remark, MARGIN, this.width, { size: 10, font: BOLD, colour: '#b54708' });
      this.y += 16;
    }
    this.y += 6;
  }

  facts(facts: readonly (readonly [string, string])[]): void {
    for (const [name, value] of facts) {
      this.text(name, MARGIN, 80, { colour: GREY });
      const height = this.document.font(PLAIN).fontSize(TEXT).heightOfString(value, { width: this.width - 80 });
      this.text(value, MARGIN + 80, this.width - 80, { wraps: true });
      this.y += Math.max(ROW, height + 4);
    }
  }

  /** A table that has no rows is left out. Rows of `strong` are totals. */
  table(title: string, columns: readonly Column[], rows: readonly (readonly string[])[], strong: ReadonlySet<number> = new Set()): void {
    if (rows.length === 0) return;
    this.room(ROW * 4 + 20);
    this.y += 14;
    this.text(title, MARGIN, this.width, { size: 11, font: BOLD });
    this.y += 18;
    const head = (): void => {
      this.row(columns, columns.map(({ title: name }) => name), { colour: GREY });
      this.rule();
    };
    head();
    rows.forEach((cells, i) => {
      if (this.room(ROW)) head();
      this.row(columns, cells, { font: strong.has(i) ? BOLD : PLAIN });
    });
    this.rule();
  }

  notes(notes: readonly string[]): void {
    this.y += 12;
    for (const note of notes) {
      const height = this.document.font(PLAIN).fontSize(TEXT).heightOfString(note, { width: this.width });
      this.room(height + 6);
      this.text(note, MARGIN, this.width, { colour: GREY, wraps: true });
      this.y += height + 6;
    }
  }

  footers(text: string): void {
    const { start, count } = this.document.bufferedPageRange();
    for (let i = 0; i < count; i += 1) {
      this.document.switchToPage(start + i);
      this.document.page.margins.bottom = 0;
      this.y = this.document.page.height - 40;
      this.text(text, MARGIN, this.width - 80, { size: 7, colour: GREY });
      this.text(`${String(i + 1)} of ${String(count)}`, MARGIN + this.width - 80, 80, { size: 7, colour: GREY, right: true });
    }
  }

  /** Goes on to the next page where this one has no room; says whether it did. */
  private room(height: number): boolean {
    if (this.y + height <= this.document.page.height - BOTTOM) return false;
    this.document.addPage();
    this.y = MARGIN;
    return true;
  }

  private row(columns: readonly Column[], cells: readonly string[], style: { colour?: string; font?: string }): void {
    let x = MARGIN;
    columns.forEach(({ width, number = false }, i) => {
      this.text(cells[i] ?? '', x, width * this.width - 6, { ...style, right: number });
      x += width * this.width;
    });
    this.y += ROW;
  }

  private rule(): void {
    this.document.moveTo(MARGIN, this.y - 3).lineTo(MARGIN + this.width, this.y - 3).lineWidth(0.5).strokeColor(RULE).stroke();
    this.y += 2;
  }

  /** One line, or as many as it takes; a line that is too long is shrunk as far as it must be, so that no figure is cut off. */
  private text(text: string, x: number, width: number, style: { size?: number; font?: string; colour?: string; right?: boolean; wraps?: boolean } = {}): void {
    const { size = TEXT, font = PLAIN, colour = INK, right = false, wraps = false } = style;
    this.document.font(font).fontSize(size).fillColor(colour);
    const wanted = wraps ? 0 : this.document.widthOfString(text);
    if (wanted > width) this.document.fontSize(Math.max(4, (size * width) / wanted - 0.05));
    this.document.text(text, x, this.y, { width: width + 1, align: right ? 'right' : 'left', lineBreak: wraps });
  }
}

/** Credits for people: all digits that they have, at least two behind the point. */
function shown(credits: string): string {
  return grouped(credits.replace(/(\.\d\d\d*?)0+$/, '$1'));
}

function grouped(amount: string): string {
  const [whole = '', fraction] = amount.split('.');
  const thousands = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? thousands : `${thousands}.${fraction}`;
}
