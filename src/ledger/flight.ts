/**
 * Waits for all statements of a flight, and throws what failed *first*: those behind it only say that the transaction is
 * aborted. Waiting for all keeps the connection in step.
 */
export async function flight<const Statements extends readonly Promise<unknown>[]>(
  statements: Statements,
): Promise<{ -readonly [Index in keyof Statements]: Awaited<Statements[Index]> }> {
  const results = await Promise.allSettled(statements);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never;
}
