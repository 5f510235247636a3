import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { BooksReconciled } from '../operations/reconcile-books.js';
import type { BooksJob, BooksMessage } from './books-process.js';

const PROGRAM = fileURLToPath(new URL('./books-process.js', import.meta.url));

/**
 * Reconciles the books in a process of its own, at the lowest priority: it reads and recounts every entry there is, and must
 * take neither turns nor memory from the one that answers debits (decision 0063).
 */
export class BooksBeside {
  private child: ChildProcess | null = null;

  constructor(private readonly writerUrl: string) {}

  async run(): Promise<BooksReconciled> {
    // Nothing of the environment but what Node itself needs: it holds secrets, and the reconciliation asks for none.
    const child = fork(PROGRAM, { env: { PATH: process.env['PATH'] }, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child = child;
    try {
      if (child.pid !== undefined) yieldTo(child.pid);
      const ended = once(child, 'exit').then(([code, signal]: unknown[]): BooksMessage => ({ failed: `its process ended with ${String(code ?? signal)}` }));
      child.send({ writerUrl: this.writerUrl } satisfies BooksJob);
      const [message] = (await Promise.race([once(child, 'message'), ended.then((message) => [message])])) as [BooksMessage];
      await ended;
      if ('failed' in message) throw new Error(`the books were not reconciled: ${message.failed}`);
      return message.done;
    } finally {
      this.child = null;
    }
  }

  /** Ends what is under way: it only reads, and is done again. */
  stop(): void {
    this.child?.kill('SIGKILL');
  }
}

/** Where the system allows it. */
function yieldTo(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // Without it the reconciliation competes for processors, and still for nothing else.
  }
}
