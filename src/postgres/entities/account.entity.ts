import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('account')
export class AccountRow {
  @PrimaryColumn({ name: 'account_id', type: 'text' })
  readonly accountId!: string;

  @Column({ name: 'licensee_id', type: 'text' })
  readonly licenseeId!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  readonly createdAt!: Date;
}
