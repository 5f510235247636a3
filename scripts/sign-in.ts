import { dataDirectory } from '../src/postgres/reach-database.js';
import { signInLinks } from './sign-in/links.js';

/** Makes new sign-in links for the sandbox that runs here. A deployment makes its own: POST /v1/sign-in-links. */
const url = process.argv[2] ?? `http://127.0.0.1:${process.env['PORT'] ?? '3000'}`;
try {
  const links = await signInLinks(url, dataDirectory(process.env));
  if (links.length === 0) throw new Error('There are no sandbox keys here. Make a link with your own key: POST /v1/sign-in-links.');
  process.stdout.write(links.map((link) => `${link.role.padEnd(10)} ${link.url}\n`).join(''));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
