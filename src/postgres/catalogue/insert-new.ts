import type { EntityManager, ObjectLiteral, QueryDeepPartialEntity } from 'typeorm';

/** Inserts a row unless its key is taken; says whether it was inserted. */
export async function insertNew<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: new () => Row,
  row: QueryDeepPartialEntity<Row>,
): Promise<boolean> {
  const inserted = await manager.createQueryBuilder().insert().into(entity).values(row).orIgnore().returning('*').execute();
  return (inserted.raw as readonly unknown[]).length === 1;
}
