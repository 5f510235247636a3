import { createRequire } from 'node:module';

const fonts = createRequire(import.meta.url);
export const PLAIN = fonts.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf');
const BOLD = fonts.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf');
export const MARGIN = 50;
const INK = '#1a1f2b';
const GREY = '#667085';
const RULE = '#d0d5dd';
const TEXT = 8.5;
/** A text that does not fit is written smaller, but never so small that nobody can read it; then its line is broken. A figure never is. */
const SMALLEST = 6.5;
const ROW = 15;
const LINE = 10.5;
const GAP = 6;
/** Below this nothing is written but the footer. */
const BOTTOM = 70;

export interface Column {
  readonly title: string;
  /** Share of the page's width. */
  readonly width: number;
  /** Figures stand at the right, with as many decimals as the one that has most, so that their points stand below each other. */
  readonly number?: boolean;
}

export interface Rows {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** Totals, by number of their row. */
  readonly strong?: ReadonlySet<number>;
}

/** Writes down a page and goes on to the next one. */
export class Page {
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
      const height = this.heightOf(value, this.width - 80);
      this.text(value, MARGIN + 80, this.width - 80, { wraps: true });
      this.y += Math.max(ROW, height + 4);
    }
  }

  /** A table that has no rows is left out. */
  table(title: string, { columns, rows, strong = new Set() }: Rows): void {
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
    this.aligned(columns, rows).forEach((cells, i) => {
      const font = strong.has(i) ? BOLD : PLAIN;
      if (this.room(this.heightOfRow(columns, cells, font))) head();
      this.row(columns, cells, { font });
    });
    this.rule();
  }

  notes(notes: readonly string[]): void {
    this.y += 12;
    for (const note of notes) {
      const height = this.heightOf(note, this.width);
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
    const height = this.heightOfRow(columns, cells, style.font ?? PLAIN);
    let x = MARGIN;
    columns.forEach(({ width, number = false }, i) => {
      const room = width * this.width - GAP;
      const text = cells[i] ?? '';
      this.text(text, x, room, { ...style, right: number, wraps: !number && !this.fits(text, room, style.font ?? PLAIN) });
      x += width * this.width;
    });
    this.y += height;
  }

  private heightOfRow(columns: readonly Column[], cells: readonly string[], font: string): number {
    const heights = columns.map(({ width, number = false }, i) => {
      const room = width * this.width - GAP;
      return number || this.fits(cells[i] ?? '', room, font) ? 0 : this.heightOf(cells[i] ?? '', room, font);
    });
    const tallest = Math.max(0, ...heights);
    return tallest <= LINE ? ROW : tallest + 5;
  }

  /** Figures with zeros behind them, so that their points stand below each other, where there is room for that. */
  private aligned(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
    const padded = pointsBelowEachOther(columns, rows);
    const hasRoom = columns.map(({ width }, i) => padded.every((cells) => this.fits(cells[i] ?? '', width * this.width - GAP, BOLD)));
    return padded.map((cells, row) => cells.map((cell, i) => (hasRoom[i] === true ? cell : (rows[row]?.[i] ?? ''))));
  }

  private fits(text: string, room: number, font: string): boolean {
    return this.document.font(font).fontSize(SMALLEST).widthOfString(text) <= room;
  }

  private heightOf(text: string, room: number, font: string = PLAIN): number {
    return this.document.font(font).fontSize(TEXT).heightOfString(text, { width: room });
  }

  private rule(): void {
    this.document.moveTo(MARGIN, this.y - 3).lineTo(MARGIN + this.width, this.y - 3).lineWidth(0.5).strokeColor(RULE).stroke();
    this.y += 2;
  }

  /** One line, written as small as it must be, or as many lines as it takes. */
  private text(text: string, x: number, width: number, style: { size?: number; font?: string; colour?: string; right?: boolean; wraps?: boolean } = {}): void {
    const { size = TEXT, font = PLAIN, colour = INK, right = false, wraps = false } = style;
    this.document.font(font).fontSize(size).fillColor(colour);
    const wanted = wraps ? 0 : this.document.widthOfString(text);
    if (wanted > width) this.document.fontSize(Math.max(4, (size * width) / wanted - 0.05));
    this.document.text(text, x, this.y, { width: width + 1, align: right ? 'right' : 'left', lineBreak: wraps });
  }
}

const PLAIN_NUMBER = /^-?[\d,]+(?:\.(\d+))?$/;

function pointsBelowEachOther(columns: readonly Column[], rows: readonly (readonly string[])[]): string[][] {
  const decimals = columns.map(({ number = false }, i) => (number ? Math.max(0, ...rows.map((cells) => PLAIN_NUMBER.exec(cells[i] ?? '')?.[1]?.length ?? 0)) : 0));
  return rows.map((cells) =>
    cells.map((cell, i) => {
      const most = decimals[i] ?? 0;
      const found = PLAIN_NUMBER.exec(cell);
      if (most === 0 || found === null) return cell;
      return (found[1] === undefined ? `${cell}.` : cell) + '0'.repeat(most - (found[1]?.length ?? 0));
    }),
  );
}
