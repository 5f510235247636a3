import { strToU8, Zip, ZipDeflate } from 'fflate';
import type { Cell, Table } from './table.js';

/** A sheet has no more rows than this; the rest goes to further ones. */
const MOST_ROWS = 1_048_576;
/** Spreadsheets compute with 15 significant digits: an amount with more is a text, so that nothing is rounded silently. */
const MOST_DIGITS = 15;
const PIECE = 64 * 1024;
/** Of every column, in characters: an amount that has less room is shown as `####`. */
const WIDTH = 24;
/** Every file of the archive bears this time, so that the same rows are the same bytes. */
const TIME = new Date(1980, 0, 1);
const HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const SHEET_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** Styles by number: 0 plain, 1 the bold header, 2 an amount, 3 one without decimals. `#,##0.00#######` shows as many digits as there are. */
const STYLES = `${HEADER}<styleSheet xmlns="${MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="#,##0.00#######"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf xfId="0"/><xf fontId="1" applyFont="1" xfId="0"/><xf numFmtId="164" applyNumberFormat="1" xfId="0"/><xf numFmtId="3" applyNumberFormat="1" xfId="0"/></cellXfs></styleSheet>`;

/**
 * A workbook (ISO/IEC 29500), written as its rows come: in memory there is no more than a piece of it. Texts are inline
 * strings, which no spreadsheet takes for a formula.
 */
export async function* xlsxOf(tables: readonly Table[]): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const zip = new Zip((error, data) => {
    if (error !== null) throw error;
    pieces.push(data);
  });
  const open = (name: string): ZipDeflate => {
    const file = new ZipDeflate(name, { level: 6 });
    file.mtime = TIME;
    zip.add(file);
    return file;
  };
  const whole = (name: string, text: string): void => {
    open(name).push(strToU8(text), true);
  };
  const sheets: string[] = [];
  for (const { name, columns, rows } of tables) {
    let sheet: ZipDeflate | null = null;
    let row = 0;
    let text = '';
    const begin = (): void => {
      sheets.push(sheets.length === 0 || row === 0 ? name : `${name} ${String(sheets.length + 1)}`);
      sheet = open(`xl/worksheets/sheet${String(sheets.length)}.xml`);
      text = `${HEADER}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols><col min="1" max="${String(columns.length)}" width="${String(WIDTH)}" customWidth="1"/></cols><sheetData>${rowOf(columns, 1)}`;
      row = 1;
    };
    const end = (): void => {
      sheet?.push(strToU8(`${text}</sheetData></worksheet>`), true);
    };
    begin();
    for await (const cells of rows) {
      if (row === MOST_ROWS) {
        end();
        begin();
      }
      row += 1;
      text += rowOf(cells, 0);
      if (text.length < PIECE) continue;
      (sheet as ZipDeflate | null)?.push(strToU8(text));
      text = '';
      yield* pieces.splice(0);
    }
    end();
  }
  whole('xl/workbook.xml', workbook(sheets));
  whole('xl/_rels/workbook.xml.rels', workbookRelations(sheets.length));
  whole('xl/styles.xml', STYLES);
  whole('_rels/.rels', `${HEADER}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`);
  whole('[Content_Types].xml', contentTypes(sheets.length));
  zip.end();
  yield* pieces.splice(0);
}

function rowOf(cells: readonly Cell[], style: 0 | 1): string {
  return `<row>${cells.map((cell) => cellOf(cell, style)).join('')}</row>`;
}

function cellOf(cell: Cell, style: 0 | 1): string {
  if (cell === null) return '<c/>';
  if (typeof cell === 'number') return `<c><v>${String(cell)}</v></c>`;
  if (typeof cell === 'object' && isExactNumber(cell.amount)) return `<c s="${cell.amount.includes('.') ? '2' : '3'}"><v>${cell.amount}</v></c>`;
  const text = typeof cell === 'object' ? cell.amount : cell;
  return `<c t="inlineStr"${style === 1 ? ' s="1"' : ''}><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

function isExactNumber(amount: string): boolean {
  return amount.replace(/^-?0*\.?0*/, '').replace('.', '').replace(/0+$/, '').length <= MOST_DIGITS;
}

// eslint-disable-next-line no-control-regex -- the characters that XML 1.0 cannot hold
const NOT_IN_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

function escaped(text: string): string {
  return text.replace(NOT_IN_XML, '\uFFFD').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function workbook(sheets: readonly string[]): string {
  const list = sheets.map((name, i) => `<sheet name="${escaped(name)}" sheetId="${String(i + 1)}" r:id="rId${String(i + 1)}"/>`).join('');
  return `${HEADER}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${list}</sheets></workbook>`;
}

function workbookRelations(sheets: number): string {
  const list = numbers(sheets).map((n) => `<Relationship Id="rId${n}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${n}.xml"/>`);
  list.push(`<Relationship Id="rId${String(sheets + 1)}" Type="${RELATIONS}/styles" Target="styles.xml"/>`);
  return `${HEADER}<Relationships xmlns="${PACKAGE}/relationships">${list.join('')}</Relationships>`;
}

function contentTypes(sheets: number): string {
  const list = numbers(sheets).map((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${SHEET_TYPE}.worksheet+xml"/>`);
  return `${HEADER}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${SHEET_TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${SHEET_TYPE}.styles+xml"/>${list.join('')}</Types>`;
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i + 1));
}
