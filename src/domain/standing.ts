/** SPEC 10: what an account may do, and why. `status` is what the reasons in `standing` come to. */
export const ACCOUNT_STATUSES = ['active', 'limited', 'suspended', 'term_ended', 'closed'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

export interface OperatorSuspension {
  readonly reason: string;
  readonly reference: string;
  /** For law or abuse: captures of running work are refused as well. */
  readonly cutsOffRunningWork: boolean;
}

export interface Standing {
  /** P5: limited after a refusal for lack of credits, suspended at or below `suspendAtBalance`. */
  readonly credit: 'active' | 'limited' | 'suspended';
  /** SPEC 9: `ended` in the grace, `lapsed` after it. */
  readonly term: 'running' | 'ended' | 'lapsed';
  readonly operator: OperatorSuspension | null;
  readonly closed: boolean;
}

export const GOOD_STANDING: Standing = { credit: 'active', term: 'running', operator: null, closed: false };

export function statusOf(standing: Standing): AccountStatus {
  if (standing.closed) return 'closed';
  if (standing.term !== 'running') return 'term_ended';
  return standing.operator === null ? standing.credit : 'suspended';
}

/** The codes of everything that stands against use, most serious first. */
export function reasonsOf(standing: Standing): string[] {
  return [
    ...(standing.closed ? ['closed'] : []),
    ...(standing.term === 'running' ? [] : [`term-${standing.term}`]),
    ...(standing.operator === null ? [] : ['operator']),
    ...(standing.credit === 'active' ? [] : [`credits-${standing.credit}`]),
  ];
}
