import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('rate_card')
export class RateCardRow {
  @PrimaryColumn({ name: 'card_id', type: 'text' })
  readonly cardId!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  readonly createdAt!: Date;
}
