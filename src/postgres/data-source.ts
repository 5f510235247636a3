import { DataSource, type DataSourceOptions } from 'typeorm';
import { impatientSocket, startupOptions, surviveLoss } from './connection.js';
import { AccountRow } from './entities/account.entity.js';
import { ApiKeyRow } from './entities/api-key.entity.js';
import { LicenseeRow } from './entities/licensee.entity.js';
import { RateCardRow } from './entities/rate-card.entity.js';
import { migrations } from './migrations.js';
import { OWNER_ROLE, SCHEMA } from './roles.js';

export const MIGRATION_TABLE = 'migration';

export interface ServiceDataSource {
  readonly url: string;
  readonly poolSize: number;
  readonly applicationName: string;
  /** Server settings of each session, such as timeouts. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onPoolError: (error: unknown) => void;
}

const common = {
  type: 'postgres',
  schema: SCHEMA,
  migrationsTableName: MIGRATION_TABLE,
  installExtensions: false,
  synchronize: false,
  // A failed statement would be printed with its parameters, which may be anybody's data; the error itself comes back.
  logging: false,
} as const satisfies Partial<DataSourceOptions>;

/** What the service reads and writes with, as credits_writer. It cannot migrate. */
export function serviceDataSource({ url, poolSize, applicationName, settings, onPoolError }: ServiceDataSource): DataSource {
  return new DataSource({
    ...common,
    entities: [LicenseeRow, AccountRow, RateCardRow, ApiKeyRow],
    url,
    poolSize,
    applicationName,
    connectTimeoutMS: 10_000,
    poolErrorHandler: onPoolError,
    extra: { options: startupOptions(settings), keepAlive: true, stream: impatientSocket, onConnect: surviveLoss },
  });
}

/** Migrations run as the owner role, whoever logs in for it, so that every table belongs to it. */
export function migrationDataSource(ownerUrl: string): DataSource {
  return new DataSource({
    ...common,
    url: ownerUrl,
    poolSize: 1,
    applicationName: 'credits-migrate',
    migrations,
    migrationsTransactionMode: 'each',
    extra: { options: startupOptions({ role: OWNER_ROLE }) },
  });
}
