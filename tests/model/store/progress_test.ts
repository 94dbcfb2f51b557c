import assert from "node:assert/strict";
import { barProgress, lineProgress } from "../../../src/model/store/progress.ts";
import { formatBytes, formatDuration } from "../../../src/model/store/sizes.ts";
import { FakeClock } from "./fakes.ts";

Deno.test("formatBytes() and formatDuration() write for people", () => {
  const bytes: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.00 kB"],
    [40_000, "40.0 kB"],
    [353_976_522, "354 MB"],
    [999_600_000, "1.00 GB"],
    [1_710_540_580, "1.71 GB"],
  ];
  for (const [value, text] of bytes) assert.equal(formatBytes(value), text);
  const times: [number, string][] = [[-1, "0s"], [8.4, "8s"], [185, "3m05s"], [3_720, "1h02m"]];
  for (const [value, text] of times) assert.equal(formatDuration(value), text);
});

Deno.test("lineProgress() writes a line every ten percent, not oftener than every three seconds", () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const transfer = lineProgress((line) => lines.push(line), clock).begin("a.pt", 0, undefined);
  for (let percent = 0; percent <= 100; percent++) {
    clock.advance(100);
    transfer.update(percent * 1_000_000, 100_000_000);
  }
  transfer.end(true);
  assert.deepEqual(lines, [
    "a.pt: downloading 100 MB",
    "a.pt: 39.0 MB of 100 MB (39%), 9.75 MB/s, 6s left",
    "a.pt: 69.0 MB of 100 MB (69%), 9.86 MB/s, 3s left",
    "a.pt: 99.0 MB of 100 MB (99%), 9.90 MB/s, 0s left",
    "a.pt: 100 MB downloaded",
  ]);
});

Deno.test("lineProgress() writes a line every ten seconds where little comes", () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const slow = lineProgress((line) => lines.push(line), clock).begin("b.pt", 500, 1_000_000);
  // Nothing comes at first.
  clock.ring();
  for (let second = 1; second <= 25; second++) {
    clock.advance(1_000);
    slow.update(500 + second, 1_000_000);
  }
  slow.note("the connection was lost");
  slow.end(false);
  assert.deepEqual(lines, [
    "b.pt: continuing at 500 B",
    "b.pt: 510 B of 1.00 MB (0%), 1 B/s, 277h38m left",
    "b.pt: 520 B of 1.00 MB (0%), 1 B/s, 277h38m left",
    "b.pt: the connection was lost",
  ]);
});

Deno.test("lineProgress() writes one line of what is done at once", () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const quick = lineProgress((line) => lines.push(line), clock).begin("c.pt", 0, 1_000);
  for (let bytes = 0; bytes <= 1_000; bytes += 50) quick.update(bytes, 1_000);
  quick.end(true);
  clock.ring();
  assert.deepEqual(lines, ["c.pt: 1.00 kB downloaded"]);
});

function bar(color: boolean): { lines: string; transfer: ReturnType<typeof start> } {
  const written: string[] = [];
  const transfer = start(written, color);
  return {
    get lines() {
      return written.join("");
    },
    transfer,
  };
}

function start(written: string[], color: boolean) {
  const clock = new FakeClock();
  const stream = { isTTY: true, columns: 80, write: (text: string) => written.push(text) > 0 };
  const transfer = barProgress(stream, clock, { color })
    .begin("a-file-with-a-rather-long-name.safetensors", 0, undefined);
  clock.advance(2_000);
  transfer.update(50_000_000, 200_000_000);
  transfer.note("the connection was lost");
  transfer.end(true);
  return transfer;
}

Deno.test("barProgress() draws a bar that fits into the line", () => {
  const { lines } = bar(false);
  assert.match(lines, /25% {2}50\.0 MB\/200 MB {2}25\.0 MB\/s {2}6s/);
  assert.match(lines, /the connection was lost\n/);
  // deno-lint-ignore no-control-regex -- the terminal's own sequences have no width
  const drawn = lines.replaceAll(/\x1b(\[[?\d;]*[a-zA-Z]|[78])/g, "\n").split("\n");
  for (const line of drawn.filter((each) => each.includes("━"))) {
    assert.ok(line.length <= 80, `${line.length}: ${line}`);
  }
});

Deno.test("barProgress() uses colours only when asked to", () => {
  assert.ok(bar(true).lines.includes("\x1b[36m"));
  assert.ok(!bar(false).lines.includes("\x1b[36m"));
});
