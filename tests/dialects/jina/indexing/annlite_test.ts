/** The same requests as were sent to annlite's executor, and the same answers. */
import assert from "node:assert/strict";
import type { Metric } from "../../../../src/index/engine.ts";
import { openGateways, type TestGateways } from "../../../support/gateways.ts";
import { memoryIndexer } from "../../../support/memory_indexer.ts";

type Json = Record<string, unknown>;

/** One request of tests/fixtures/annlite, and what came of it. */
interface Step {
  name: string;
  endpoint: string;
  metric?: Metric;
  parameters: Json;
  docs: Json[];
  answer?: Json[];
  refused?: string;
}

const STEPS: Step[] = JSON.parse(
  await Deno.readTextFile(new URL("../../../fixtures/annlite/0.4.0.json", import.meta.url)),
);
// An integer column of annlite takes 3.7 and keeps it; here it is refused.
const COLUMNS = { price: "float", brand: "str", n: "float" } as const;

function open(metric: Metric): Promise<TestGateways> {
  return memoryIndexer({ dimensions: 8, metric, columns: COLUMNS }).then((indexer) =>
    openGateways({ protocol: "http", indexers: [indexer] })
  );
}

async function ask(gateways: TestGateways, { endpoint, parameters, docs }: Step): Promise<{
  status: { description: string } | null;
  data: Json[];
}> {
  const response = await fetch(`${gateways.url("http")}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    // The indexer alone, as annlite had it.
    body: JSON.stringify({
      data: docs,
      parameters,
      execEndpoint: endpoint,
      targetExecutor: "indexer",
    }),
  });
  const text = await response.text();
  if (response.status === 422) return { status: { description: text }, data: [] };
  assert.equal(response.status, 200, text);
  const { header, data } = JSON.parse(text);
  return { status: header.status, data };
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** As the fixtures have it: no nulls, no zero distances, and numbers to 1e-6, about. */
function plain(value: unknown, key?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (typeof value === "number") return rounded(value);
  // Jina's HTTP makes `true` of a 1 in tags.
  if (typeof value === "boolean") return rounded(Number(value));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name, item]) =>
    item !== null && !(key === undefined && name === "mime_type") &&
    !(name === "value" && Math.abs(item as number) < 1e-6)
  );
  return Object.fromEntries(
    entries.map(([name, item]) => [name, plain(item, name)]).sort(([a], [b]) => a! < b! ? -1 : 1),
  );
}

Deno.test("an indexer answers as annlite's executor does", async (t) => {
  await using gateways = await open("cosine");
  for (const step of STEPS.filter(({ metric }) => metric === undefined)) {
    await t.step(step.name, async () => {
      const { status, data } = await ask(gateways, step);
      if (step.refused !== undefined) {
        assert.ok(status, `it was refused there: ${step.refused}`);
        return;
      }
      assert.equal(status, null, JSON.stringify(status));
      assert.deepEqual(plain(data), plain(step.answer));
    });
  }
});

for (const step of STEPS.filter(({ metric }) => metric !== undefined)) {
  Deno.test(`distances and their name are annlite's: ${step.metric}`, async () => {
    await using gateways = await open(step.metric!);
    await ask(gateways, STEPS[0]!);
    const { data } = await ask(gateways, step);
    assert.deepEqual(plain(data), plain(step.answer));
  });
}
