import type { EntityManager } from 'typeorm';

/** Moves business time ahead. A trigger keeps it from ever going back. */
export async function advanceClock(manager: EntityManager, byMs: number): Promise<void> {
  await manager.query('UPDATE business_clock SET offset_ms = offset_ms + $1', [byMs]);
}

/** Two that advance at the same time take turns, each from where the other left it. */
export async function lockClock(manager: EntityManager): Promise<void> {
  await manager.query('SELECT 1 FROM business_clock FOR UPDATE');
}
