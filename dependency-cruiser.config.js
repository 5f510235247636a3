/**
 * The layers, as rules. Imports run one way:
 *
 *   http, workers, cli  ->  operations  ->  ledger  ->  domain
 *                                      \-> postgres -/
 *   web knows only the API; platform is below all but domain; main.ts, scripts, bench and test may use anything.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '(^|/)index\\.ts$', pathNot: 'node_modules' } },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'domain-knows-only-values',
      comment: 'No framework, no I/O, no clock.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: ['^src/domain/', '^node_modules/(decimal\\.js|temporal-polyfill|canonicalize)/', '^(node:)?crypto$'] },
    },
    {
      name: 'platform-is-below-all',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^(src|migrations|scripts|bench|drill|test)/', pathNot: '^src/platform/' },
    },
    {
      name: 'postgres-stands-on-platform-and-domain',
      severity: 'error',
      from: { path: '^src/postgres/' },
      to: { path: '^(src|scripts|bench|drill|test)/', pathNot: '^src/(postgres|platform|domain)/' },
    },
    {
      name: 'ledger-stands-on-postgres-and-domain',
      severity: 'error',
      from: { path: '^src/ledger/' },
      to: { path: '^(src|migrations|scripts|bench|drill|test)/', pathNot: '^src/(ledger|postgres|platform|domain)/' },
    },
    {
      name: 'operations-know-no-door',
      severity: 'error',
      from: { path: '^src/operations/' },
      to: { path: '^(src|migrations|scripts|bench|drill|test)/', pathNot: '^src/(operations|ledger|postgres|platform|domain)/' },
    },
    {
      name: 'doors-know-nothing-of-each-other',
      severity: 'error',
      from: { path: '^src/(http|workers|cli)/' },
      to: { path: '^(src/(http|workers|cli)/|src/main\\.ts$|(migrations|scripts|bench|drill|test)/)', pathNot: '^src/$1/' },
    },
    {
      name: 'nothing-is-bought-by-itself',
      comment: 'P6: from a worker, a schedule or a rule no path leads to what places a purchase; only an admin at the door does.',
      severity: 'error',
      from: { path: ['^src/workers/', '^src/operations/(prepare-proposals|run-due-work|advance-business-clock)\\.ts$'] },
      to: { path: '^src/operations/(place-purchase|resolve-proposal|sign-order-form)\\.ts$', reachable: true },
    },
    {
      name: 'migrations-stand-alone',
      comment: 'A migration must not change its meaning when code does.',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^(src|migrations|scripts|bench|drill|test)/' },
    },
    {
      name: 'sources-know-no-scripts',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(scripts|bench|drill|test)/' },
    },
    {
      name: 'the-web-account-knows-only-the-api',
      comment: 'No second source of truth: what a page shows comes over HTTP, and no decimal arithmetic is at hand.',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { pathNot: ['^web/(src|generated)/', '^node_modules/(react|react-dom|react-aria-components|@tanstack|openapi-fetch|wouter|@types)/'] },
    },
    {
      name: 'nothing-knows-the-web-account',
      severity: 'error',
      from: { path: '^(src|migrations|bench)/' },
      to: { path: '^web/' },
    },
    {
      name: 'database-libraries-stay-below',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(postgres|ledger)/' },
      to: { path: '^node_modules/(pg|pg-.*|typeorm)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'http-libraries-stay-in-http',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/http/' },
      to: { path: ['^node_modules/(@nestjs|@fastify|fastify|undici)/', '^(node:)?https?$'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
