import { z } from 'zod';
import { newest, open, seal } from '../../platform/sealing.js';

const PREFIX = 'kat_';
const PLACE = 'sign-in-ticket';

const contents = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string(), returnTo: z.string(), until: z.number() });
/** What a sign-in under way has to remember. `until`: wall time in milliseconds. */
export type SignInUnderWay = z.infer<typeof contents>;

/**
 * A sign-in under way, held by the page that began it and sealed, so that nobody who has not signed in makes the service write
 * anything. Another browser does not have it: an answer of the provider that somebody is lured to opens nothing there.
 */
export class SignInTickets {
  /** `keys`: the one in use, and those before it. */
  constructor(private readonly keys: readonly Buffer[]) {}

  write(underWay: SignInUnderWay): string {
    return PREFIX + seal(newest(this.keys), PLACE, JSON.stringify(underWay)).toString('base64url');
  }

  /** Null: it is none of ours, or its time is over. */
  read(ticket: string, now: number): SignInUnderWay | null {
    if (!ticket.startsWith(PREFIX)) return null;
    let text: string;
    try {
      text = open(this.keys, PLACE, Buffer.from(ticket.slice(PREFIX.length), 'base64url'));
    } catch {
      return null;
    }
    const underWay = contents.parse(JSON.parse(text));
    return now < underWay.until ? underWay : null;
  }
}
