import type { DataSource } from 'typeorm';
import { AnnouncePrivacyNotices } from '../operations/announce-privacy-notices.js';
import { TellBreaks } from '../operations/tell-breaks.js';
import type { Schedule } from './schedules.js';

/** What a long reconciliation finds in a minute is told together. */
const TELL_MS = 60_000;

/** What licensees are told of that no entry causes, and no rule asks for: differences in their books, and the privacy notice. */
export function tellings(database: DataSource, wallNow: () => number): readonly Schedule[] {
  const breaks = new TellBreaks(database);
  const announcements = new AnnouncePrivacyNotices(database, wallNow);
  return [
    { name: 'tell-breaks', everyMs: TELL_MS, run: () => breaks.run() },
    { name: 'announce-privacy-notices', everyMs: TELL_MS, run: () => announcements.run() },
  ];
}
