import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Eta } from 'eta';

/** The matter of a mail; how it looks is the templates' business. */
export interface MailMatter {
  readonly subject: string;
  readonly heading: string;
  readonly paragraphs: readonly string[];
  /** Names and figures, with their units. */
  readonly figures: readonly (readonly [name: string, figure: string])[];
  readonly link: { readonly url: string; readonly text: string };
  readonly accountId: string | null;
  /** When it happened, RFC 3339; null: now. */
  readonly at: string | null;
  /** Why one gets it, and whether one can choose not to. */
  readonly why: string;
  readonly choice: string;
}

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a template writes with <%= %> is escaped. */
const forHtml = new Eta({ autoEscape: true });
const forText = new Eta({ autoEscape: false, autoTrim: [false, 'nl'] });
/** Read when the service starts: one that came without its templates does not. */
const html = forHtml.compile(template('message-html.eta'));
const text = forText.compile(template('message-text.eta'));

function template(file: string): string {
  return readFileSync(path.join(import.meta.dirname, 'templates', file), 'utf8');
}

/** A line break in a subject would begin another header. */
export function renderMail(matter: MailMatter): RenderedMail {
  const subject = matter.subject.replaceAll(/\s+/g, ' ').trim();
  return { subject, text: forText.render(text, matter), html: forHtml.render(html, matter) };
}

/** The mail that asks whether an address is its reader's. */
export function verificationMail(licensee: string, url: string): RenderedMail {
  return renderMail({
    subject: 'Confirm this address for notices about AI credits',
    heading: 'Is this address yours?',
    paragraphs: [
      `${licensee} named this address for notices about its AI credits: balance, suspension, changes of rates.`,
      'Until it is confirmed nothing else is sent here. The link is valid for seven days.',
    ],
    figures: [],
    link: { url, text: 'Confirm the address' },
    accountId: null,
    at: null,
    why: 'You get this because somebody with the rights of an admin entered this address.',
    choice: 'If you do not expect it, do nothing: the address is not used then.',
  });
}
