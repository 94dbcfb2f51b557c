import assert from "node:assert/strict";
import {
  descendants,
  parseProcStat,
  processCost,
  treeCpuSeconds,
  treeMemoryMiB,
} from "../../bench/process_cost.ts";

Deno.test("parseProcStat() reads past a name with spaces and brackets", () => {
  const line = "4242 (a) b (c) S 17 4242 4242 0 -1 4194304 100 0 0 0 250 50 30 20 20 0 9 0 " +
    "12345 1000 200 18446744073709551615";
  assert.deepEqual(parseProcStat(line), {
    parent: 17,
    cpuSeconds: 3,
    endedChildrenSeconds: 0.5,
    started: 123.45,
  });
});

Deno.test("parseProcStat() refuses what is no such line", () => {
  for (const line of ["", "1 (x) S 1 2", "name only"]) {
    assert.throws(() => parseProcStat(line), /Not a line/, line);
  }
});

Deno.test("processCost() tells the main thread's work from a worker's", async () => {
  const source = "const end = performance.now() + 300; while (performance.now() < end); " +
    "postMessage(0);";
  const worker = new Worker(`data:application/javascript,${encodeURIComponent(source)}`, {
    type: "module",
  });
  const before = processCost(Deno.pid);
  await new Promise((resolve) => worker.onmessage = resolve);
  const after = processCost(Deno.pid);
  worker.terminate();
  const main = after.mainThread - before.mainThread;
  assert.ok(after.total - before.total - main > main, `main thread ${main} s`);
});

Deno.test("treeCpuSeconds() and treeMemoryMiB() count children too", async () => {
  const child = new Deno.Command("sh", {
    args: ["-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo; read line; exit 0"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await child.stdout.getReader().read();
  assert.ok(descendants(Deno.pid).includes(child.pid));
  assert.ok(treeCpuSeconds(Deno.pid) > processCost(Deno.pid).total);
  assert.ok(treeMemoryMiB(child.pid) > 0);
  await child.stdin.close();
  await child.status;
});
