import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('licensee')
export class LicenseeRow {
  @PrimaryColumn({ name: 'licensee_id', type: 'text' })
  readonly licenseeId!: string;

  @Column({ name: 'legal_name', type: 'text' })
  readonly legalName!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  readonly createdAt!: Date;
}
