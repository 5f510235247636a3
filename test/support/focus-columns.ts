/**
 * The columns of the dataset "Cost and Usage" as version 1.4 of FOCUS publishes them (focus.finops.org), by how far they are
 * asked for. Kept apart from what the service exports, so that the one can be held against the other.
 */
export const FOCUS_1_4 = {
  mandatory: [
    ...['BilledCost', 'BillingAccountId', 'BillingAccountName', 'BillingCurrency', 'BillingPeriodEnd', 'BillingPeriodStart', 'ChargeCategory', 'ChargeClass'],
    ...['ChargeDescription', 'ChargePeriodEnd', 'ChargePeriodStart', 'ContractedCost', 'EffectiveCost', 'HostProviderName', 'InvoiceIssuerName', 'ListCost'],
    ...['PricingQuantity', 'PricingUnit', 'ServiceCategory', 'ServiceName', 'ServiceProviderName'],
  ],
  recommended: ['AllocatedMethodDetails', 'AvailabilityZone', 'ChargeFrequency', 'ServiceSubcategory'],
  conditional: [
    ...['AllocatedMethodId', 'AllocatedResourceId', 'AllocatedResourceName', 'AllocatedTags', 'BillingAccountType', 'CapacityReservationId'],
    ...['CapacityReservationStatus', 'CommitmentDiscountCategory', 'CommitmentDiscountId', 'CommitmentDiscountName', 'CommitmentDiscountQuantity'],
    ...['CommitmentDiscountStatus', 'CommitmentDiscountType', 'CommitmentDiscountUnit', 'CommitmentProgramEligibilityDetails', 'ConsumedQuantity'],
    ...['ConsumedUnit', 'ContractApplied', 'ContractedUnitPrice', 'InvoiceDetailId', 'InvoiceId', 'ListUnitPrice', 'PricingCategory', 'PricingCurrency'],
    ...['PricingCurrencyContractedUnitPrice', 'PricingCurrencyEffectiveCost', 'PricingCurrencyListUnitPrice', 'RegionId', 'RegionName', 'ResourceId'],
    ...['ResourceName', 'ResourceType', 'SkuId', 'SkuMeter', 'SkuPriceDetails', 'SkuPriceId', 'SubAccountId', 'SubAccountName', 'SubAccountType', 'Tags'],
  ],
  /** Those that are never null, where they are there. */
  neverNull: [
    ...['BilledCost', 'BillingAccountId', 'BillingAccountType', 'BillingCurrency', 'BillingPeriodEnd', 'BillingPeriodStart', 'ChargeCategory', 'ChargeFrequency'],
    ...['ChargePeriodEnd', 'ChargePeriodStart', 'ContractedCost', 'EffectiveCost', 'HostProviderName', 'InvoiceIssuerName', 'ListCost', 'PricingCurrency'],
    ...['PricingCurrencyEffectiveCost', 'ServiceCategory', 'ServiceName', 'ServiceProviderName', 'ServiceSubcategory'],
  ],
  /** Null where nothing is priced: of tax, of adjustments. Never null of use and of purchases. */
  ofPriced: ['ContractedUnitPrice', 'ListUnitPrice', 'PricingCategory', 'PricingQuantity', 'PricingUnit', 'SkuId', 'SkuMeter', 'SkuPriceId'],
} as const;
