import { ACTS_GENESIS, actDetailHash, hashAct, type AdministrativeAct } from '../administrative-act.js';
import { instantText } from '../calendar.js';
import type { Findings } from './difference.js';

/** The chain of administrative acts, replayed from its first act. */
export class ActsCheck {
  seq = 0;
  hash = ACTS_GENESIS;
  private lastRecordedAt = -Infinity;

  constructor(private readonly findings: Findings) {}

  accept(act: AdministrativeAct, detail: { readonly salt: string; readonly text: string } | null): void {
    const at = `administrative act ${act.seq}`;
    const follows = this.findings.same(at, 'sequence: acts are missing or repeated before this one', this.seq + 1, act.seq);
    if (act.recordedAt < this.lastRecordedAt) {
      this.findings.differ(at, 'recordedAt falls', `at least ${instantText(this.lastRecordedAt)}`, instantText(act.recordedAt));
    }
    if (follows) this.findings.same(at, 'hash', hashAct(act, this.hash), act.hash);
    if (detail !== null) this.findings.same(at, 'hash of the detail', actDetailHash(detail.salt, detail.text), act.detailHash);
    this.seq = act.seq;
    this.hash = act.hash;
    this.lastRecordedAt = Math.max(this.lastRecordedAt, act.recordedAt);
  }

  finish(head: { readonly seq: number; readonly hash: string } | null): void {
    this.findings.same('administrative acts', 'number of the last one', head?.seq ?? null, this.seq);
    this.findings.same('administrative acts', 'head hash', head?.hash ?? null, this.hash);
  }
}
