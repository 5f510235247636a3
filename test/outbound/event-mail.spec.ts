import { describe, expect, it } from '@jest/globals';
import { sampleEvents } from '../../scripts/mails/sample-events.js';
import { eventMail } from '../../src/outbound/mail/event-mail.js';

const PLACE = { publicUrl: 'https://credits.example.com' };

describe.each(sampleEvents().map((event) => [event.type, event] as const))('the mail of %s', (_type, event) => {
  const { subject, text, html } = eventMail(event, PLACE);

  it('says the matter and the account in its subject, and the same in both parts', () => {
    expect(subject).toMatch(/^[A-Z0-9].{8,110} \[1029384\]$/);
    const words = html.replaceAll(/<style>.*?<\/style>|<title>.*?<\/title>/gs, '').replaceAll(/<[^>]+>/g, ' ');
    const plain = (one: string): string => one.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&').replaceAll(/[\s:]+/g, ' ').trim();
    for (const line of plain(text).replace(/https:\S+/, '').replace(' -- ', ' ').split('. ')) expect(plain(words)).toContain(line.split(' ').slice(-3).join(' '));
  });

  it('has one link, a reason why one gets it, and says whether it can be switched off', () => {
    expect(html.match(/href="/g)).toHaveLength(1);
    expect(text.match(/https:\/\//g)).toHaveLength(1);
    expect(text).toMatch(/You get this (as a contact|because of the alert rule)/);
    expect(text).toMatch(/can be muted|not switched off|Everybody whose address/);
  });

  it('has no code of ours in it, and no figure without its unit', () => {
    expect(text).not.toMatch(/term_ended|credits-limited|credits-suspended|term-ended|null|undefined|\[object/);
    expect(text).not.toMatch(/\d\.\d{7}/);
  });
});
