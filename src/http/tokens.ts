/** What has no class of its own to be asked for by. */
export const DATABASE = Symbol('database');
export const SANDBOX = Symbol('sandbox');
/** Where the bundled offline verifier lies. */
export const VERIFIER_FILE = Symbol('VERIFIER_FILE');
