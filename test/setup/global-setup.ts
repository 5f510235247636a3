import { startTestCluster } from './test-cluster.js';

/** One PostgreSQL for the whole run; each test file clones its own database out of a template in it. */
export default async function globalSetup(): Promise<void> {
  await startTestCluster();
}
