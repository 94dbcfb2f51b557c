import assert from "node:assert/strict";
import { Statistics } from "../../../src/dialects/oip/statistics.ts";
import type { Executor } from "../../../src/service/executors.ts";
import { RequestTrace } from "../../../src/telemetry/request_trace.ts";

function executor(minibatches: number): Executor {
  return { name: "x", encoder: { state: { minibatches } } } as never;
}

function traceOf(queueMs: number, preprocessMs: number, computeMs: number): RequestTrace {
  const trace = new RequestTrace();
  trace.computed({ queueMs, preprocessMs, computeMs });
  return trace;
}

Deno.test("a request's time is divided into what was done in it", () => {
  const statistics = new Statistics();
  const model = executor(7);
  const trace = traceOf(2, 1, 4);
  trace.hit();
  trace.miss();
  statistics.served(model, { items: 2, totalMs: 9, outputMs: 1, trace });
  statistics.served(model, { items: 1, totalMs: 0.5, outputMs: 0.25, trace: new RequestTrace() });
  statistics.failed(model, 3);
  const { durations, inferenceCount, executionCount } = statistics.tell(model);
  assert.deepEqual([inferenceCount, executionCount], [3, 7]);
  assert.deepEqual(durations, {
    success: { count: 2, ns: 9_500_000 },
    fail: { count: 1, ns: 3_000_000 },
    queue: { count: 2, ns: 2_000_000 },
    compute_input: { count: 2, ns: 1_000_000 },
    compute_infer: { count: 2, ns: 4_000_000 },
    compute_output: { count: 2, ns: 1_250_000 },
    cache_hit: { count: 1, ns: 0 },
    cache_miss: { count: 1, ns: 0 },
  });
  assert.equal(statistics.tell(executor(0)).inferenceCount, 0, "each model has its own");
});

Deno.test("what an equal item had waited before a request came is not the request's", () => {
  const statistics = new Statistics();
  const model = executor(1);
  statistics.served(model, { items: 1, totalMs: 5, outputMs: 1, trace: traceOf(100, 1, 2) });
  statistics.served(model, { items: 1, totalMs: 5, outputMs: 1, trace: traceOf(100, 50, 30) });
  const { queue, compute_input, compute_infer } = statistics.tell(model).durations;
  assert.deepEqual([queue.ns, compute_input.ns, compute_infer.ns], [1e6, 1e6, 6e6]);
});
