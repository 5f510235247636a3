/**
 * npm ends on SIGTERM without telling its children. A process whose parent is gone has been given to another one, and
 * nobody would ever stop it.
 */
export function whenParentGoes(leave: () => void, everyMs = 500): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    leave();
  }, everyMs);
  timer.unref();
}
