import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { secretHmac } from '../../src/operations/issue-api-key.js';
import { startOwnPostgres, type OwnPostgres } from '../../test/support/database.js';
import type { Secrets } from './instance.js';

/** A PostgreSQL of its own that keeps its promises, the secrets of a deployment, and its first operator. */
export class Theatre {
  private constructor(
    readonly postgres: OwnPostgres,
    readonly secrets: Secrets,
    readonly operator: string,
  ) {}

  static async open(): Promise<Theatre> {
    const postgres = await startOwnPostgres({ fsync: true });
    const secrets = { keyPepper: randomBytes(32), pseudonymKey: randomBytes(32), signingKey: randomBytes(32), evidenceKey: randomBytes(32) };
    const operator = `kac_${randomBytes(32).toString('base64url')}`;
    const theatre = new Theatre(postgres, secrets, operator);
    await theatre.asOwner((client) =>
      client.query(`INSERT INTO credits.api_key (key_id, secret_hmac, label, scopes, created_at) VALUES ('first', $1, 'drill', '{operator}', now())`, [
        secretHmac(operator, secrets.keyPepper),
      ]),
    );
    return theatre;
  }

  async asOwner<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = new Client({ connectionString: this.postgres.ownerUrl });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  close(): void {
    this.postgres.dispose();
  }
}
