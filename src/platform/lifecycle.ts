import type { Logger } from './logging.js';

interface Step {
  readonly name: string;
  readonly finish: () => Promise<void>;
}

/**
 * The order of a clean end: intake stops, then what was begun later finishes before what it was built on. HTTP waits for
 * its open requests, the ledger empties its lanes, and only then the database connections go.
 */
export class Lifecycle {
  private readonly steps: Step[] = [];
  private ending: Promise<boolean> | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly timeoutMs: number,
  ) {}

  /** True from the first sign of the end: the service is then not ready any more. */
  get draining(): boolean {
    return this.ending !== undefined;
  }

  /** Whatever registers last is finished first. */
  onDrain(name: string, finish: () => Promise<void>): void {
    this.steps.push({ name, finish });
  }

  /** Answers whether everything finished in time and without an error. */
  drain(): Promise<boolean> {
    this.ending ??= this.withinTimeout(this.runSteps());
    return this.ending;
  }

  private async runSteps(): Promise<boolean> {
    let clean = true;
    for (const step of this.steps.reverse()) {
      try {
        await step.finish();
      } catch (error) {
        clean = false;
        this.logger.error({ err: error, step: step.name }, 'a step of the shutdown failed');
      }
    }
    return clean;
  }

  private withinTimeout(work: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.logger.error({ timeoutMs: this.timeoutMs }, 'the shutdown took too long');
        resolve(false);
      }, this.timeoutMs);
      void work.then((clean) => {
        clearTimeout(timer);
        resolve(clean);
      });
    });
  }
}
