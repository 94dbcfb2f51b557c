import assert from "node:assert/strict";
import { barProgress, lineProgress, type ProgressClock } from "../../../src/bulk/job/progress.ts";

/** A clock that a test moves on. */
class TestClock implements ProgressClock {
  #now = 0;
  readonly #alarms = new Set<{ every: number; next: number; fire: () => void }>();

  now(): number {
    return this.#now;
  }

  every(ms: number, fire: () => void): () => void {
    const alarm = { every: ms, next: this.#now + ms, fire };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    while (true) {
      const due = [...this.#alarms].filter(({ next }) => next <= end)
        .sort((a, b) => a.next - b.next)[0];
      if (due === undefined) break;
      this.#now = due.next;
      due.next += due.every;
      due.fire();
    }
    this.#now = end;
  }

  get alarms(): number {
    return this.#alarms.size;
  }
}

Deno.test("lineProgress() writes a line every ten seconds", () => {
  const clock = new TestClock();
  const lines: string[] = [];
  const shown = lineProgress((line) => lines.push(line), clock)
    .begin({ embedded: 0, failed: 0 }, { count: 100_000 });
  for (let second = 1; second <= 25; second++) {
    shown.update({ embedded: 850 * second, failed: second > 15 ? 3 : 0 });
    clock.advance(1_000);
  }
  shown.end();
  clock.advance(60_000);
  assert.deepEqual(lines, [
    "8,500 of 100,000 rows (8%), 850/s, 1m48s left",
    "17,003 of 100,000 rows (17%), 850/s, 3 failed, 1m38s left",
  ]);
  assert.equal(clock.alarms, 0);
});

Deno.test("lineProgress() estimates rows that nobody has counted by what has been read", () => {
  const clock = new TestClock();
  const lines: string[] = [];
  let share = 0;
  const shown = lineProgress((line) => lines.push(line), clock)
    .begin({ embedded: 0, failed: 0 }, { count: undefined, readShare: () => share });
  clock.advance(10_000);
  share = 0.25;
  shown.update({ embedded: 1_000, failed: 0 });
  clock.advance(10_000);
  shown.end();
  assert.deepEqual(lines, ["0 rows, 0/s", "1,000 of about 4,000 rows (25%), 50/s, 1m00s left"]);
});

Deno.test("lineProgress() counts rows of earlier runs as done, and not as fast", () => {
  const clock = new TestClock();
  const lines: string[] = [];
  const shown = lineProgress((line) => lines.push(line), clock)
    .begin({ embedded: 5_000, failed: 10 }, { count: undefined });
  shown.update({ embedded: 5_040, failed: 10 });
  clock.advance(10_000);
  shown.end();
  assert.deepEqual(lines, [
    "going on after 5,010 rows",
    "5,050 rows, 4.0/s, 10 failed",
  ]);
});

Deno.test("lineProgress() tells the rate of the last half minute", () => {
  const clock = new TestClock();
  const lines: string[] = [];
  const shown = lineProgress((line) => lines.push(line), clock)
    .begin({ embedded: 0, failed: 0 }, { count: undefined });
  let embedded = 0;
  for (let second = 1; second <= 120; second++) {
    embedded += second <= 60 ? 1_000 : 100;
    shown.update({ embedded, failed: 0 });
    clock.advance(1_000);
  }
  shown.end();
  assert.match(lines[4]!, /, 1,000\/s$/);
  assert.match(lines.at(-1)!, /, 100\/s$/);
});

for (const total of [1_000, undefined]) {
  for (const color of [true, false]) {
    const name = `barProgress() draws on a terminal: total ${total}, color ${color}`;
    Deno.test(name, () => {
      const clock = new TestClock();
      let output = "";
      const stream = {
        isTTY: true,
        columns: 100,
        write: (text: string) => {
          output += text;
          return true;
        },
        // What cli-progress asks of a terminal.
        cursorTo() {},
        clearLine() {},
        moveCursor() {},
      };
      const shown = barProgress(stream, { color }, clock).begin(
        { embedded: 0, failed: 0 },
        { count: total },
      );
      shown.update({ embedded: 500, failed: 1 });
      clock.advance(2_000);
      shown.end();
      if (total === undefined) assert.match(output, /501 rows, \d+\/s, 1 failed/);
      else assert.match(output, /━+─+.* 501 of 1,000 rows \(50%\), \d+\/s, 1 failed, 2s left/);
      assert.equal(output.includes("\x1b[36m"), color && total !== undefined);
      assert.equal(clock.alarms, 0);
    });
  }
}
