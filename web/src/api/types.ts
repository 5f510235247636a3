import type { components } from '../../generated/api';

/** What the API answers, by the names that pages use. */
type Schemas = components['schemas'];

export type Overview = Schemas['Overview'];
export type Lot = Schemas['Lot'];
export type Entry = Schemas['ListedEntry'];
export type Explanation = Schemas['Explanation'];
export type Unfunded = Schemas['UnfundedUsage'];
export type PendingAct = Schemas['PendingAct'];
export type Receipt = Schemas['Receipt'];
export type ApiKey = Schemas['ApiKey'];
