/** What has no class of its own to be asked for by. */
export const DATABASE = Symbol('database');
export const SANDBOX = Symbol('sandbox');
export const STRIPE_VERIFIER = Symbol('stripe verifier');
export const SIGN_IN = Symbol('sign-in');
/** Where the bundled offline verifier lies. */
export const VERIFIER_FILE = Symbol('VERIFIER_FILE');
