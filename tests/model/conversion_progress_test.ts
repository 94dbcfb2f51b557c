import assert from "node:assert/strict";
import { ConversionProgress } from "../../src/model/conversion_progress.ts";
import { barProgress, lineProgress } from "../../src/model/store/progress.ts";
import { FakeClock } from "./store/fakes.ts";

/** A conversion that has to wait for another process in between. */
function convert(progress: ConversionProgress): void {
  progress.show("hashing", 50_000_000, 100_000_000);
  progress.show("hashing", 100_000_000, 100_000_000);
  progress.show("waiting", 0, 0);
  progress.show("converting", 60_000_000, 200_000_000);
}

Deno.test("ConversionProgress writes what is done in words of its own, phase by phase", () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const progress = new ConversionProgress("mine", lineProgress(write, clock), write);
  convert(progress);
  progress.show("converting", 200_000_000, 200_000_000);
  progress.end(true);
  assert.deepEqual(lines.filter((line) => !/%/.test(line)), [
    "mine: 100 MB hashed",
    "Waiting for another process that is converting the same model",
    "mine: 200 MB of graphs written",
  ]);
});

Deno.test("ConversionProgress does not say that a failed conversion was written", () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const progress = new ConversionProgress("mine", lineProgress(write, new FakeClock()), write);
  convert(progress);
  progress.end(false);
  assert.ok(!lines.some((line) => /written/.test(line)));
});

Deno.test("ConversionProgress names the phase beside the bar", () => {
  const written: string[] = [];
  const stream = { isTTY: true, columns: 80, write: (text: string) => written.push(text) > 0 };
  const bars = barProgress(stream, new FakeClock(), { color: false });
  const progress = new ConversionProgress("mine", bars, () => {});
  convert(progress);
  progress.end(true);
  assert.match(written.join(""), /hashing mine .*100%[^]*converting mine .* 30%/);
});
