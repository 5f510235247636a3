import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { eventMail } from '../src/outbound/mail/event-mail.js';
import { verificationMail, type RenderedMail } from '../src/outbound/mail/render-mail.js';
import { sampleEvents } from './mails/sample-events.js';
import { projectRoot } from './web-build/project-root.js';

/** Makes the pictures in docs/mails anew, and the page that shows them: every mail, from the templates that are sent. */
const WIDTH = 600;
const PUBLIC_URL = 'https://credits.example.com';

const folder = path.join(projectRoot(), 'docs/mails');
mkdirSync(folder, { recursive: true });
const mails: (readonly [name: string, mail: RenderedMail])[] = [
  ...sampleEvents().map((event) => [event.type.replace('.', '-'), eventMail(event, { publicUrl: PUBLIC_URL })] as const),
  ['verification', verificationMail('Northlight Studios Ltd', `${PUBLIC_URL}/contacts/verify?token=...`)],
];
const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 200 } });
  for (const [name, { html }] of mails) {
    await page.setContent(html);
    await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setContent(mails[0]?.[1].html ?? '');
  await page.screenshot({ path: path.join(folder, 'balance-below-dark.png'), fullPage: true });
} finally {
  await browser.close();
}
const sections = mails.map(([name, { subject }]) => `## ${name}\n\nSubject: \`${subject}\`\n\n![${subject}](${name}.png)\n`);
const text = `# What arrives by mail

Every mail that the service sends, drawn from its templates (\`src/outbound/mail/templates\`) by \`npm run mails\`. Each also has a
plain text part with the same words. In a mail program that is dark, they are too:

![The first of them in the dark](balance-below-dark.png)

${sections.join('\n')}`;
writeFileSync(path.join(folder, 'README.md'), text);
process.stdout.write(`${String(mails.length + 1)} pictures in ${path.relative(projectRoot(), folder)}\n`);
