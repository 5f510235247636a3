import { buildWeb } from './web-build/build.js';

const started = performance.now();
const built = await buildWeb();
process.stdout.write(built ? `The web account was built in ${((performance.now() - started) / 1_000).toFixed(1)} s.\n` : 'The web account is up to date.\n');
process.exit(0);
