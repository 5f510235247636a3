import type { ResolveHook } from 'node:module';

/** Whoever asks for the hash chain gets the module that has none; but for that module itself. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context);
  if (!resolved.url.endsWith('/src/domain/hash-chain.js') || context.parentURL?.endsWith('/baselines/unchained.js') === true) return resolved;
  return { ...resolved, url: new URL('unchained.js', import.meta.url).href };
};
