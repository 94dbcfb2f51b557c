import assert from "node:assert/strict";
import { planOf } from "../../support/planned_flow.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** ViT-L/14 in fp32 (docs/models.md, "At full size"). */
const WEIGHTS = 1711e6;

async function limit(
  keys: string,
  { replicas = 1, gateway = "{}", gpus = 0 } = {},
): Promise<number> {
  const flow = `jtype: Flow
with: ${gateway}
executors:
  - replicas: ${replicas}
    uses: {jtype: CLIPEncoder, with: {name: "ViT-L-14::openai", minibatch_size: 1, num_worker_preprocess: 1, ${keys}}}
`;
  return (await planOf(flow, { options: { gpus } })).resources.memoryBytes.limit;
}

function assertNear(found: number, wanted: number): void {
  assert.ok(Math.abs(found - wanted) < 130 * MIB, `${found / MIB} MiB, wanted ${wanted / MIB}`);
}

Deno.test("memory follows the weights, their format, and replicas that do not share them", async () => {
  const one = await limit("dtype: fp32");
  // With the default bounds (docs/deployment.md, "Memory"): the model and some 2.3 GiB.
  assert.ok(one > WEIGHTS + 1.8 * GIB && one < WEIGHTS + 2.6 * GIB, `${one / GIB} GiB`);
  assertNear(one - await limit("dtype: fp16"), WEIGHTS / 2);
  const worker = 64 * MIB;
  assertNear(await limit("dtype: fp32", { replicas: 3 }) - one, 2 * worker);
  assertNear(
    await limit("dtype: int8", { replicas: 3 }) - await limit("dtype: int8"),
    2 * (worker + WEIGHTS * 1.25 / 4),
  );
});

Deno.test("memory follows the bounds of the flow", async () => {
  const one = await limit("dtype: fp32");
  assertNear(one - await limit("dtype: fp32, max_queue_bytes: 12582912"), 500 * MIB);
  assertNear(await limit("dtype: fp32, cache_size: 1000") - one, 1000 * MIB);
  assertNear(
    one - await limit("dtype: fp32", { gateway: "{max_message_bytes: 33554432}" }),
    672 * MIB,
  );
  assertNear(
    await limit("dtype: fp32", { gateway: "{max_held_bytes: 2147483648}" }) - one,
    1280 * MIB,
  );
});

Deno.test("what is asked for is less than what may be taken, and what somebody says is taken", async () => {
  const flow = "jtype: Flow\nexecutors: [{uses: CLIPEncoder}]\n";
  const { resources, cache } = await planOf(flow);
  assert.ok(resources.memoryBytes.request < resources.memoryBytes.limit);
  assert.deepEqual(resources.cpu, { request: 2, limit: 2 });
  assert.ok(cache.bytes >= 3 * GIB && cache.claim === null);
  const said = await planOf(flow, {
    options: { cpu: 0.5, memoryBytes: GIB, cacheBytes: GIB, cacheStorageClass: "nfs", name: "x" },
  });
  assert.deepEqual(said.resources.cpu, { request: 0.5, limit: 0.5 });
  assert.deepEqual(said.resources.memoryBytes, { request: GIB, limit: GIB });
  assert.deepEqual(said.cache.claim, {
    name: "x-cache",
    made: true,
    bytes: GIB,
    storageClass: "nfs",
  });
});

Deno.test("a model that nothing is known of is told", async () => {
  const { notes } = await planOf(
    "jtype: Flow\nexecutors: [{uses: {jtype: CLIPEncoder, with: {model_path: 's3://bucket/mine'}}}]\n",
  );
  assert.match(notes.join(), /Nothing is known of the size/);
});

Deno.test("less memory than the models fill is told", async () => {
  const flow =
    "jtype: Flow\nexecutors: [{uses: {jtype: CLIPEncoder, with: {name: 'ViT-L-14::openai'}}}]";
  const told = async (memoryBytes?: number) =>
    (await planOf(flow, { options: { memoryBytes } })).notes.join("\n");
  assert.match(await told(GIB), /--memory is 1Gi, and the models alone come to about \d+Mi/);
  assert.doesNotMatch(await told(8 * GIB), /--memory is/);
  assert.doesNotMatch(await told(), /--memory is/);
});
