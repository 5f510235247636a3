import path from 'node:path';
import { build } from 'esbuild';

/**
 * Makes dist/verify.mjs: the same verification as that of the service, out of the same code, in one file that needs Node
 * and nothing else. It goes with every export of an account, for auditors who trust nobody.
 */
const dist = path.resolve(import.meta.dirname, '..');

await build({
  entryPoints: [path.join(dist, 'src/cli/verify-export.js')],
  outfile: path.join(dist, 'verify.mjs'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  legalComments: 'inline',
  banner: { js: '// The offline verifier of AI credits ledgers: node verify.mjs EXPORT --key PEM' },
  logLevel: 'warning',
});
