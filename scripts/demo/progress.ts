import { Presets, SingleBar } from 'cli-progress';

/** A bar where somebody watches; where the output goes to a file, a line every few seconds. */
export class Progress {
  private readonly bar = new SingleBar(
    {
      format: '  [{bar}] {percentage}% | {value}/{total} debits | {rate} debits/s | {eta_formatted} left',
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      hideCursor: true,
    },
    Presets.rect,
  );
  private readonly began = performance.now();

  constructor(total: number) {
    this.bar.start(total, 0, { rate: 0 });
  }

  update(debits: number): void {
    const seconds = (performance.now() - this.began) / 1_000;
    this.bar.update(debits, { rate: Math.round(debits / seconds).toLocaleString('en') });
  }

  stop(): void {
    this.bar.stop();
  }
}
