import { LotBooks, type Movement } from '../../domain/books/lot-books.js';
import type { BookEntry } from '../../domain/books/book-entry.js';
import { addDays, instantText, startOfDay } from '../../domain/calendar.js';
import { ZERO, formatCredits, type Amount } from '../../domain/credits.js';
import { formatMoney } from '../../domain/money.js';
import { readBookEntries, type BookAccount, type Reads } from '../../postgres/reads/books.js';
import { amountCell, type Cell, type Table } from './table.js';

/** The columns of "Cost and Usage" as FOCUS 1.4 has them, and our own, which begin with `x_` (docs/books.md says which apply). */
export const FOCUS_COLUMNS = [
  ...['AllocatedMethodDetails', 'AllocatedMethodId', 'AllocatedResourceId', 'AllocatedResourceName', 'AllocatedTags', 'AvailabilityZone'],
  ...['BilledCost', 'BillingAccountId', 'BillingAccountName', 'BillingAccountType', 'BillingCurrency', 'BillingPeriodEnd', 'BillingPeriodStart'],
  ...['CapacityReservationId', 'CapacityReservationStatus', 'ChargeCategory', 'ChargeClass', 'ChargeDescription', 'ChargeFrequency'],
  ...['ChargePeriodEnd', 'ChargePeriodStart', 'CommitmentDiscountCategory', 'CommitmentDiscountId', 'CommitmentDiscountName'],
  ...['CommitmentDiscountQuantity', 'CommitmentDiscountStatus', 'CommitmentDiscountType', 'CommitmentDiscountUnit', 'ConsumedQuantity', 'ConsumedUnit'],
  ...['ContractApplied', 'ContractedCost', 'ContractedUnitPrice', 'EffectiveCost', 'HostProviderName', 'InvoiceId', 'InvoiceIssuerName', 'ListCost'],
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
    for (const movement of books.apply(entry)) {
      for (const charge of chargesOf(entry, movement)) yield rowOf(account, entry, movement, charge);
    }
  }
}

interface Charge {
  readonly category: 'Purchase' | 'Usage' | 'Tax' | 'Adjustment';
  readonly description: string;
  readonly billed: Amount;
  readonly effective: Amount;
  /** Credits, where there are any to count. */
  readonly quantity: Amount | null;
  /** It takes back what an earlier row charged. */
  readonly correction: boolean;
}

function chargesOf(entry: BookEntry, { book, from, to, posted, moved }: Movement): Charge[] {
  const { price } = book.lot;
  const charge = (category: Charge['category'], description: string, more: Partial<Charge>): Charge => ({
    ...{ category, description, billed: ZERO, effective: ZERO, quantity: null, correction: false },
    ...more,
  });
  const charges: Charge[] = [];
  if (entry.type === 'allocation' && price !== null) {
    charges.push(charge('Purchase', 'Purchase of AI credits', { billed: price.amount, quantity: posted }));
    if (!price.tax.isZero()) charges.push(charge('Tax', 'Tax on a purchase of AI credits', { billed: price.tax, effective: price.tax }));
  }
  if (to === 'consumed') charges.push(charge('Usage', `Use of ${entry.feature ?? 'a feature'}`, { effective: moved.consumed, quantity: posted }));
  if (from === 'consumed') charges.push(charge('Usage', `Reversed use of ${entry.feature ?? 'a feature'}`, { effective: moved.consumed, quantity: posted.neg(), correction: true }));
  if (price !== null && !moved.lapsed.isZero()) charges.push(charge('Adjustment', from === 'lapsed' ? 'Reinstated AI credits' : 'Lapsed AI credits', { effective: moved.lapsed }));
  return charges;
}

function rowOf(account: BookAccount, entry: BookEntry, { book }: Movement, charge: Charge): Cell[] {
  const { lot } = book;
  const currency = lot.price?.currency ?? account.currency;
  const money = (value: Amount): Cell => amountCell(formatMoney(value, currency));
  const day = (date: string): string => instantText(startOfDay(date, account.timeZone));
  const month = entry.accountingDate.slice(0, 'YYYY-MM'.length);
  const next = addDays(`${month}-28`, 4).slice(0, 'YYYY-MM'.length);
  const quantity = charge.quantity === null ? null : amountCell(formatCredits(charge.quantity));
  const unit = quantity === null ? null : UNIT;
  const price = quantity === null ? null : amountCell(lot.unitPrice ?? '0');
  const usage = charge.category === 'Usage';
  const atList = charge.category === 'Tax' || charge.category === 'Purchase' ? charge.billed : charge.effective;
  const cells: Partial<Record<Column, Cell>> = {
    BilledCost: money(charge.billed),
    BillingAccountId: account.licenseeId,
    BillingAccountName: account.legalName,
    BillingAccountType: 'Licensee',
    BillingCurrency: currency,
    BillingPeriodStart: day(`${month}-01`),
    BillingPeriodEnd: day(`${next}-01`),
    ChargeCategory: charge.category,
    ChargeClass: charge.correction ? 'Correction' : null,
    ChargeDescription: charge.description,
    ChargeFrequency: usage ? 'Usage-Based' : 'One-Time',
    ChargePeriodStart: day(entry.accountingDate),
    ChargePeriodEnd: day(addDays(entry.accountingDate, 1)),
    ConsumedQuantity: usage ? quantity : null,
    ConsumedUnit: usage ? unit : null,
    ContractedCost: money(atList),
    ContractedUnitPrice: price,
    EffectiveCost: money(charge.effective),
    HostProviderName: PROVIDER,
    InvoiceIssuerName: PROVIDER,
    ListCost: money(atList),
    ListUnitPrice: price,
    PricingCategory: quantity === null ? null : 'Standard',
    PricingCurrency: quantity === null ? null : UNIT,
    PricingCurrencyContractedUnitPrice: quantity === null ? null : amountCell('1'),
    PricingCurrencyEffectiveCost: quantity === null ? null : usage ? quantity : amountCell('0'),
    PricingCurrencyListUnitPrice: quantity === null ? null : amountCell('1'),
    PricingQuantity: quantity,
    PricingUnit: unit,
    ServiceCategory: 'AI and Machine Learning',
    ServiceName: 'Kaltura AI',
    ServiceProviderName: PROVIDER,
    ServiceSubcategory: 'Generative AI',
    SkuId: quantity === null ? null : lot.rateVersion.slice(0, lot.rateVersion.lastIndexOf('@')),
    SkuMeter: usage ? entry.feature : null,
    SkuPriceId: quantity === null ? null : lot.rateVersion,
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
