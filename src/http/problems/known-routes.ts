import type { FastifyInstance } from 'fastify';

/** Which methods an address takes, so that the wrong one is told apart from an address that does not exist. */
export class KnownRoutes {
  private readonly routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  constructor(server: FastifyInstance) {
    server.addHook('onRoute', ({ url, method }) => {
      const pattern = new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}/?$`);
      this.routes.push({ pattern, methods: [method].flat() });
    });
  }

  methodsOf(url: string): readonly string[] {
    const [path = ''] = url.split('?', 1);
    const matching = this.routes.filter(({ pattern }) => pattern.test(path));
    return [...new Set(matching.flatMap(({ methods }) => methods))].sort();
  }
}
