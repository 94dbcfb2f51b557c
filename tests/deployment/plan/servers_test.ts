import assert from "node:assert/strict";
import { ENCODER, planOf, refusalOf } from "../../support/planned_flow.ts";

const INDEX = `jtype: Flow
executors:
  - uses: CLIPEncoder
  - name: idx
    uses: AnnLiteIndexer
`;

Deno.test("as many servers as the queue wants, unless somebody says it", async () => {
  const flow = `jtype: Flow\n${ENCODER}`;
  assert.deepEqual((await planOf(flow)).replicas, { least: 1, most: 4 });
  const options = { replicas: { least: 3, most: 3 } };
  assert.deepEqual((await planOf(flow, { options })).replicas, options.replicas);
});

Deno.test("an embedded index has one server, and more are refused with its place", async () => {
  const refused = await refusalOf(INDEX, { options: { replicas: { least: 1, most: 2 } } });
  assert.match(refused, /^flow\.yml:4:5: executors\[1\]: .*expected 'url' with a PostgreSQL/);
  const postgres = INDEX.replace(
    "AnnLiteIndexer",
    '{jtype: AnnLiteIndexer, with: {url: "postgresql://host/db"}}',
  );
  const { workspace, replicas } = await planOf(postgres, {
    options: { replicas: { least: 2, most: 2 } },
  });
  assert.equal(workspace, null);
  assert.equal(replicas.least, 2);
});

Deno.test("a number that changes wants metrics", async () => {
  const flow = `jtype: Flow\nwith: {monitoring: false}\n${ENCODER}`;
  const refused = await refusalOf(flow, { options: { replicas: { least: 1, most: 2 } } });
  assert.match(refused, /^flow\.yml:2:20: with\.monitoring: without metrics/);
});

Deno.test("GPUs are counted by the devices that a server names", async () => {
  const encoder = (device: string, { replicas = 1, env = "{}", runtime = "torch" } = {}) =>
    `  - name: ${crypto.randomUUID()}
    replicas: ${replicas}
    env: ${env}
    uses:
      jtype: CLIPEncoder
      with: {device: ${device}}
      metas: {py_modules: [clip_${runtime}]}
`;
  const counted: [string[], number][] = [
    [[encoder("cpu")], 0],
    [[encoder("auto")], 0],
    [[encoder("cuda")], 1],
    [[encoder("webgpu")], 1],
    [[encoder("auto", { runtime: "tensorrt" })], 1],
    [[encoder("cuda:0"), encoder("cuda:2")], 3],
    [[encoder("cuda", { replicas: 4, env: "{CUDA_VISIBLE_DEVICES: RR}" })], 4],
    [[encoder("auto", { replicas: 4, env: "{CUDA_VISIBLE_DEVICES: RR}" })], 4],
    [[encoder("cuda", { replicas: 4, env: "{CUDA_VISIBLE_DEVICES: 'RR0:2'}" })], 2],
    [[encoder("cuda", { env: "{CUDA_VISIBLE_DEVICES: '1'}" })], 2],
    [
      [encoder("cuda", {
        replicas: 4,
        env: "{CUDA_VISIBLE_DEVICES: RR, CUDA_TOTAL_DEVICES: '2'}",
      })],
      2,
    ],
    [[encoder("cpu", { replicas: 2, env: "{CUDA_VISIBLE_DEVICES: RR}" })], 0],
  ];
  for (const [encoders, gpus] of counted) {
    const plan = await planOf(`jtype: Flow\nexecutors:\n${encoders.join("")}`);
    assert.equal(plan.resources.gpus, gpus, encoders.join(""));
    const handed = plan.variables.some(({ name }) => name === "NVIDIA_DRIVER_CAPABILITIES");
    assert.equal(handed, gpus > 0);
  }
  const auto = `jtype: Flow\n${ENCODER}`;
  assert.equal((await planOf(auto, { options: { gpus: 2 } })).resources.gpus, 2);
  const cuda = `jtype: Flow\nexecutors:\n${encoder("cuda")}`;
  assert.match(await refusalOf(cuda, { options: { gpus: 0 } }), /^flow\.yml:3:5: .*'--gpus 1'/);
  const many = `jtype: Flow\nexecutors:\n${encoder("cuda:100")}`;
  assert.match(await refusalOf(many), /^flow\.yml:3:5: .* wants 101 GPUs .* expected 64 at most/);
});

Deno.test("a start and a stop have the time that the flow and the variables give them", async () => {
  const flow = `jtype: Flow\nexecutors: [{uses: CLIPEncoder, timeout_ready: 120000}]\n`;
  const { probes, shutdown, variables, targetQueueSeconds } = await planOf(flow, {
    options: {
      variables: [
        { name: "SHUTDOWN_GRACE", value: "90.5" },
        { name: "SHUTDOWN_DELAY", value: "12" },
      ],
    },
  });
  assert.equal(probes.startupSeconds, 120);
  assert.deepEqual(shutdown, { delaySeconds: 12, graceSeconds: 91 });
  assert.deepEqual(variables, []);
  assert.equal(targetQueueSeconds, 1);
});

Deno.test("a stop's time that is none is refused", async () => {
  const flow = "jtype: Flow\nexecutors: [{uses: CLIPEncoder}]\n";
  for (const value of ["abc", "", "-1", "5000", "1e99"]) {
    const variables = [{ name: "SHUTDOWN_DELAY", value }];
    assert.match(
      await refusalOf(flow, { options: { variables } }),
      /SHUTDOWN_DELAY must be a number of seconds from 0 to 3600: got/,
    );
  }
});

Deno.test("another server is wanted at a fifth of the shortest wait that is allowed", async () => {
  const flow = `jtype: Flow
executors:
  - {name: a, uses: {jtype: CLIPEncoder, with: {max_wait_ms: 0}}}
  - {name: b, uses: {jtype: CLIPEncoder, with: {max_wait_ms: 2000}}}
`;
  assert.equal((await planOf(flow)).targetQueueSeconds, 0.4);
});

Deno.test("an update that leaves nobody to serve is told, and one that cannot be", async () => {
  const noted = async (flow: string, replicas: number) => {
    const options = { update: { maxSurge: 0 }, replicas: { least: replicas, most: replicas } };
    return (await planOf(flow, { options })).notes.join("\n");
  };
  const flow = `jtype: Flow\n${ENCODER}`;
  assert.match(await noted(flow, 1), /nobody serves while an update replaces the only server/);
  assert.doesNotMatch(await noted(flow, 2), /update/);
  const onGpu = { gpus: 1, update: {} };
  const wanted = /An update wants one more server's GPUs free/;
  assert.match((await planOf(flow, { options: onGpu })).notes.join("\n"), wanted);
  for (const [text, options] of [[INDEX, onGpu], [flow, { gpus: 1 }]] as const) {
    assert.doesNotMatch((await planOf(text, { options })).notes.join("\n"), wanted);
  }
  assert.match(await noted(INDEX, 1), /--max-surge and --max-unavailable are passed over/);
});

Deno.test("a flow's 'env' cannot say what the image says, nor how long a stop takes", async () => {
  const flow = (env: string) => `jtype: Flow\nwith:\n  env: { ${env} }\n${ENCODER}`;
  const folder = await refusalOf(flow("A: b, CLIPLINE_CACHE: /data"));
  assert.match(folder, /^flow\.yml:3:32: with\.env\.CLIPLINE_CACHE: the image says it, as \/cache/);
  const grace = await refusalOf(flow("SHUTDOWN_GRACE: 120"));
  assert.match(grace, /^flow\.yml:3:26: .* and '--env SHUTDOWN_GRACE=SECONDS'/);
});
