import { LotBooks, type Movement } from '../../domain/books/lot-books.js';
import type { BookEntry } from '../../domain/books/book-entry.js';
import { addDays, instantText, startOfDay } from '../../domain/calendar.js';
import { ZERO, amount, formatCredits, type Amount } from '../../domain/credits.js';
import { formatMoney } from '../../domain/money.js';
import { readAccountingDate, readBookEntries, type BookAccount, type Reads } from '../../postgres/reads/books.js';
import { amountCell, type Cell, type Table } from './table.js';

/** The columns of "Cost and Usage" as FOCUS 1.4 has them, all 65, and our own, which begin with `x_` (docs/books.md says which apply). */
export const FOCUS_COLUMNS = [
  ...['AllocatedMethodDetails', 'AllocatedMethodId', 'AllocatedResourceId', 'AllocatedResourceName', 'AllocatedTags', 'AvailabilityZone'],
  ...['BilledCost', 'BillingAccountId', 'BillingAccountName', 'BillingAccountType', 'BillingCurrency', 'BillingPeriodEnd', 'BillingPeriodStart'],
  ...['CapacityReservationId', 'CapacityReservationStatus', 'ChargeCategory', 'ChargeClass', 'ChargeDescription', 'ChargeFrequency'],
  ...['ChargePeriodEnd', 'ChargePeriodStart', 'CommitmentDiscountCategory', 'CommitmentDiscountId', 'CommitmentDiscountName'],
  ...['CommitmentDiscountQuantity', 'CommitmentDiscountStatus', 'CommitmentDiscountType', 'CommitmentDiscountUnit', 'CommitmentProgramEligibilityDetails'],
  ...['ConsumedQuantity', 'ConsumedUnit', 'ContractApplied', 'ContractedCost', 'ContractedUnitPrice', 'EffectiveCost', 'HostProviderName'],
  ...['InvoiceDetailId', 'InvoiceId', 'InvoiceIssuerName', 'ListCost'],
  ...['ListUnitPrice', 'PricingCategory', 'PricingCurrency', 'PricingCurrencyContractedUnitPrice', 'PricingCurrencyEffectiveCost'],
  ...['PricingCurrencyListUnitPrice', 'PricingQuantity', 'PricingUnit', 'RegionId', 'RegionName', 'ResourceId', 'ResourceName', 'ResourceType'],
  ...['ServiceCategory', 'ServiceName', 'ServiceProviderName', 'ServiceSubcategory', 'SkuId', 'SkuMeter', 'SkuPriceDetails', 'SkuPriceId'],
  ...['SubAccountId', 'SubAccountName', 'SubAccountType', 'Tags', 'x_Seq', 'x_LotId', 'x_Feature', 'x_EntryType'],
] as const;
type Column = (typeof FOCUS_COLUMNS)[number];

const PROVIDER = 'Kaltura';
const UNIT = 'AI Credits';

/** What an account bought, used and let lapse, as FOCUS has it: the price is billed when it is bought, and costs when it is used. */
export function focusTable(account: BookAccount, reads: Reads): Table {
  return { name: 'FOCUS', columns: FOCUS_COLUMNS, rows: rowsOf(account, reads) };
}

async function* rowsOf(account: BookAccount, reads: Reads): AsyncGenerator<readonly Cell[]> {
  const books = new LotBooks(account.lots);
  for await (const entry of readBookEntries(reads, account.accountId, account.seq)) {
    const cited = entry.type === 'reversal' && entry.cites !== null ? await reads((read) => readAccountingDate(read, account.accountId, entry.cites ?? 0)) : null;
    // Of the month before or an earlier one: that billing period is closed.
    const corrects = cited !== null && monthOf(cited) < monthOf(entry.accountingDate);
    for (const movement of books.apply(entry)) {
      for (const charge of chargesOf(entry, movement, corrects)) yield rowOf(account, entry, movement, charge);
    }
  }
}

interface Charge {
  readonly category: 'Purchase' | 'Usage' | 'Tax' | 'Adjustment';
  readonly description: string;
  readonly billed: Amount;
  readonly effective: Amount;
  /** The credits that it is about. */
  readonly credits: Amount;
  /** Whether they were bought or used, and so have a price. Else they lapsed, or it is tax on money. */
  readonly priced: boolean;
  /** It takes back what was charged in a billing period that is closed. */
  readonly correction: boolean;
}

function chargesOf(entry: BookEntry, { book, from, to, posted, moved }: Movement, corrects: boolean): Charge[] {
  const { price } = book.lot;
  const charge = (category: Charge['category'], description: string, more: Partial<Charge>): Charge => ({
    ...{ category, description, billed: ZERO, effective: ZERO, credits: ZERO, priced: false, correction: false },
    ...more,
  });
  const charges: Charge[] = [];
  if (entry.type === 'allocation' && price !== null) {
    charges.push(charge('Purchase', 'Purchase of AI credits', { billed: price.amount, credits: posted, priced: true }));
    if (!price.tax.isZero()) charges.push(charge('Tax', 'Tax on a purchase of AI credits', { billed: price.tax, effective: price.tax }));
  }
  const feature = entry.feature ?? 'a feature';
  if (to === 'consumed') charges.push(charge('Usage', `Use of ${feature}`, { effective: moved.consumed, credits: posted, priced: true }));
  if (from === 'consumed') {
    charges.push(charge('Usage', `Reversed use of ${feature}`, { effective: moved.consumed, credits: posted.neg(), priced: true, correction: corrects }));
  }
  if (price !== null && !moved.lapsed.isZero()) {
    const back = from === 'lapsed';
    charges.push(charge('Adjustment', back ? 'Reinstated AI credits' : 'Lapsed AI credits', { effective: moved.lapsed, credits: back ? posted.neg() : posted }));
  }
  return charges;
}

function rowOf(account: BookAccount, entry: BookEntry, { book }: Movement, charge: Charge): Cell[] {
  const { lot } = book;
  const { category, priced } = charge;
  const currency = lot.price?.currency ?? account.currency;
  const money = (value: Amount): Cell => amountCell(formatMoney(value, currency));
  const day = (date: string): string => instantText(startOfDay(date, account.timeZone));
  const month = monthOf(entry.accountingDate);
  const next = monthOf(addDays(`${month}-28`, 4));
  const quantity = priced ? amountCell(formatCredits(charge.credits)) : null;
  const unit = priced ? UNIT : null;
  const price = priced ? amountCell(lot.unitPrice ?? '0') : null;
  const usage = category === 'Usage';
  // As it is defined: unit price times quantity, not rounded. Where there is no unit price, what is billed.
  const atPrice = priced ? amountCell(amount(lot.unitPrice ?? '0').mul(charge.credits).toFixed()) : money(charge.billed);
  const cells: Partial<Record<Column, Cell>> = {
    BilledCost: money(charge.billed),
    BillingAccountId: account.licenseeId,
    BillingAccountName: account.legalName,
    BillingAccountType: 'Licensee',
    BillingCurrency: currency,
    BillingPeriodStart: day(`${month}-01`),
    BillingPeriodEnd: day(`${next}-01`),
    ChargeCategory: category,
    ChargeClass: charge.correction ? 'Correction' : null,
    ChargeDescription: charge.description,
    ChargeFrequency: usage ? 'Usage-Based' : 'One-Time',
    ChargePeriodStart: day(entry.accountingDate),
    ChargePeriodEnd: day(addDays(entry.accountingDate, 1)),
    ConsumedQuantity: usage ? quantity : null,
    ConsumedUnit: usage ? unit : null,
    ContractedCost: atPrice,
    ContractedUnitPrice: price,
    EffectiveCost: money(charge.effective),
    HostProviderName: PROVIDER,
    InvoiceIssuerName: PROVIDER,
    ListCost: atPrice,
    ListUnitPrice: price,
    PricingCategory: priced ? 'Standard' : null,
    PricingCurrency: category === 'Tax' ? currency : UNIT,
    PricingCurrencyContractedUnitPrice: priced ? amountCell('1') : null,
    PricingCurrencyEffectiveCost: pricingCost(charge, money),
    PricingCurrencyListUnitPrice: priced ? amountCell('1') : null,
    PricingQuantity: quantity,
    PricingUnit: unit,
    ServiceCategory: 'AI and Machine Learning',
    ServiceName: 'Kaltura AI',
    ServiceProviderName: PROVIDER,
    ServiceSubcategory: 'Generative AI',
    SkuId: priced ? lot.rateVersion.slice(0, lot.rateVersion.lastIndexOf('@')) : null,
    SkuMeter: usage ? entry.feature : priced ? UNIT : null,
    SkuPriceId: priced ? lot.rateVersion : null,
    SubAccountId: account.accountId,
    SubAccountName: account.accountId,
    SubAccountType: 'Account',
    x_Seq: entry.seq,
    x_LotId: lot.lotId,
    x_Feature: entry.feature,
    x_EntryType: entry.type,
  };
  return FOCUS_COLUMNS.map((column) => cells[column] ?? null);
}

/** The effective cost in what it was priced in: tax in money, all else in credits, of which a purchase costs none yet. */
function pricingCost({ category, effective, credits }: Charge, money: (value: Amount) => Cell): Cell {
  if (category === 'Tax') return money(effective);
  return amountCell(formatCredits(category === 'Purchase' ? ZERO : credits));
}

function monthOf(date: string): string {
  return date.slice(0, 'YYYY-MM'.length);
}
