import type { DataSource } from 'typeorm';
import { openEvidence, sealEvidence } from '../platform/evidence-seal.js';
import { WEBHOOK_SECRETS, derivedKeys, newest, open, seal } from '../platform/sealing.js';
import { SEALED_KINDS, readSealed, replaceSealed, type Sealed, type SealedKind } from '../postgres/catalogue/sealed.js';
import { evidencePlace } from './notice-evidence.js';
import { secretPlace } from './webhook-endpoints.js';

export interface Resealed {
  readonly all: number;
  /** Those that were under a key before the one in use. */
  readonly resealed: number;
  /** Under none of the keys, or changed: they are left as they are. */
  readonly unreadable: number;
}

const PAGE = 200;

interface Sealing {
  readonly keys: readonly Buffer[];
  readonly place: (id: Sealed['id']) => string;
  readonly open: (keys: readonly Buffer[], place: string, sealed: Buffer) => string;
  readonly seal: (key: Buffer, place: string, text: string) => Buffer;
}

/**
 * Encrypts everything that the database keeps encrypted under the key in use, so that those before it can be forgotten. It may
 * run beside the service, be broken off, and be run again.
 */
export class Reseal {
  private readonly sealings: Readonly<Record<SealedKind, Sealing>>;

  /** The keys in use first, then those before them. */
  constructor(
    private readonly database: DataSource,
    sealingKeys: readonly Buffer[],
    evidenceKeys: readonly Buffer[],
  ) {
    this.sealings = {
      'webhook-secrets': {
        keys: derivedKeys(sealingKeys, WEBHOOK_SECRETS),
        place: ([accountId, endpointId, secretId]) => secretPlace({ accountId, endpointId }, secretId),
        open,
        seal,
      },
      evidence: { keys: evidenceKeys, place: ([accountId, evidenceId]) => evidencePlace(accountId, evidenceId), open: openEvidence, seal: sealEvidence },
    };
  }

  async run(): Promise<Readonly<Record<SealedKind, Resealed>>> {
    const done: Partial<Record<SealedKind, Resealed>> = {};
    for (const kind of SEALED_KINDS) done[kind] = await this.resealAll(kind);
    return done as Record<SealedKind, Resealed>;
  }

  private async resealAll(kind: SealedKind): Promise<Resealed> {
    let [all, resealed, unreadable] = [0, 0, 0];
    let after: Sealed['id'] = ['', '', ''];
    for (;;) {
      const page = await readSealed(this.database, kind, after, PAGE);
      for (const one of page) {
        const anew = this.anew(kind, one);
        if (anew === 'unreadable') unreadable += 1;
        else if (anew !== null) {
          await replaceSealed(this.database, kind, one, anew);
          resealed += 1;
        }
      }
      all += page.length;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return { all, resealed, unreadable };
      after = last.id;
    }
  }

  /** Null: it is under the key in use already. */
  private anew(kind: SealedKind, { id, sealed }: Sealed): Buffer | 'unreadable' | null {
    const { keys, place, open: openIt, seal: sealIt } = this.sealings[kind];
    const key = newest(keys);
    if (textOf(() => openIt([key], place(id), sealed)) !== null) return null;
    const text = textOf(() => openIt(keys, place(id), sealed));
    return text === null ? 'unreadable' : sealIt(key, place(id), text);
  }
}

function textOf(opened: () => string): string | null {
  try {
    return opened();
  } catch {
    return null;
  }
}
