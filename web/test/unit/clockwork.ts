/** Timers that run when told to, in order of their time. */
export class Clockwork {
  now = 0;
  private queue: { id: number; at: number; run: () => void }[] = [];
  private ids = 0;

  readonly setTimeout = (run: () => void, ms: number): number => {
    const id = ++this.ids;
    this.queue.push({ id, at: this.now + ms, run });
    return id;
  };

  readonly clearTimeout = (id: unknown): void => {
    this.queue = this.queue.filter((timer) => timer.id !== id);
  };

  get pending(): number {
    return this.queue.length;
  }

  /** Moves time forward and runs what is due. */
  advance(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const due = this.queue.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.queue = this.queue.filter((timer) => timer !== due);
      this.now = due.at;
      due.run();
    }
    this.now = until;
  }
}

/** Lets promises settle. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}
