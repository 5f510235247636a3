import { stopTestCluster } from './test-cluster.js';

export default function globalTeardown(): void {
  stopTestCluster();
}
