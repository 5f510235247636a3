import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Scope } from '../../domain/api-key.js';

@Entity('api_key')
export class ApiKeyRow {
  @PrimaryColumn({ name: 'key_id', type: 'text' })
  readonly keyId!: string;

  @Column({ name: 'secret_hmac', type: 'bytea', select: false })
  readonly secretHmac!: Buffer;

  @Column({ type: 'text' })
  readonly label!: string;

  @Column({ type: 'text', array: true })
  readonly scopes!: Scope[];

  @Column({ name: 'account_id', type: 'text', nullable: true })
  readonly accountId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  readonly createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3, nullable: true })
  readonly expiresAt!: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', precision: 3, nullable: true })
  readonly revokedAt!: Date | null;

  @Column({ name: 'rotated_from', type: 'text', nullable: true })
  readonly rotatedFrom!: string | null;

  @Column({ name: 'rate_limit', type: 'integer', nullable: true })
  readonly rateLimit!: number | null;

  @Column({ name: 'last_used_at', type: 'timestamptz', precision: 3, nullable: true })
  readonly lastUsedAt!: Date | null;
}
