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
  // So much work, not so long a time: on a busy machine a thread may stand still for all of that.
  const source = "onmessage = () => { let sum = 0; " +
    "for (let i = 0; i < 1e8; i++) sum += Math.sqrt(i); postMessage(sum); };";
  const worker = new Worker(`data:application/javascript,${encodeURIComponent(source)}`, {
    type: "module",
  });
  const before = processCost(Deno.pid);
  worker.postMessage(0);
  await new Promise((resolve) => worker.onmessage = resolve);
  const after = processCost(Deno.pid);
  worker.terminate();
  const main = after.mainThread - before.mainThread;
  assert.ok(after.total - before.total - main > main, `main thread ${main} s`);
});

Deno.test("treeCpuSeconds() and treeMemoryMiB() count children too", async () => {
  // A child that does nothing, whose own child has worked and waits: both stand still when looked at.
  const work = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo; read line";
  const child = new Deno.Command("sh", {
    args: ["-c", `(${work}); exit 0`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await child.stdout.getReader().read();
  assert.ok(descendants(Deno.pid).includes(child.pid));
  assert.equal(descendants(child.pid).length, 2);
  assert.ok(treeCpuSeconds(child.pid) > processCost(child.pid).total);
  assert.ok(treeMemoryMiB(child.pid) > 0);
  await child.stdin.close();
  await child.status;
});
