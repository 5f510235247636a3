import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const KEPT_IN_MEMORY = 32 * 1_024;

/** Lines by account, in files: what a million answers said does not fit into memory, what one account's said does. */
export class Spool {
  private readonly directory = mkdtempSync(path.join(tmpdir(), 'credits-drill-'));
  private readonly pending = new Map<string, string>();
  private writing: Promise<void> = Promise.resolve();

  /** The line has no line end in it, and the account's id is one that can be a file's name. */
  add(accountId: string, line: string): void {
    const text = `${this.pending.get(accountId) ?? ''}${line}\n`;
    if (text.length < KEPT_IN_MEMORY) this.pending.set(accountId, text);
    else {
      this.pending.delete(accountId);
      this.write(accountId, text);
    }
  }

  /** Every account's lines, in the order in which they came, one account after another. */
  async *accounts(): AsyncGenerator<readonly [accountId: string, lines: readonly string[]]> {
    for (const [accountId, text] of this.pending) this.write(accountId, text);
    this.pending.clear();
    await this.writing;
    for (const accountId of [...this.written].sort()) {
      yield [accountId, readFileSync(this.fileOf(accountId), 'utf8').trimEnd().split('\n')];
    }
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private readonly written = new Set<string>();

  private write(accountId: string, text: string): void {
    this.written.add(accountId);
    this.writing = this.writing.then(() => appendFile(this.fileOf(accountId), text));
  }

  private fileOf(accountId: string): string {
    return path.join(this.directory, accountId);
  }
}
