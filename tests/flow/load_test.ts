import { APIS } from "../../src/flow/gateway_keys.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { loadFlow } from "../../src/flow/load.ts";
import { findModel } from "../../src/model/catalog/catalog.ts";
import { FlowError } from "../../src/flow/problem.ts";
import { errorsOf, load, withEncoder, withGateway } from "./flow_fixture.ts";

Deno.test("loadFlow() fills in every default", () => {
  const { gateway, executors, warnings } = load("executors: [{uses: CLIPEncoder}]");
  assert.deepEqual(warnings, []);
  assert.deepEqual(gateway, {
    listeners: [{ protocol: "grpc", port: 51000 }],
    tls: null,
    apiKeys: null,
    timeoutSendMs: null,
    apis: [...APIS],
    host: "0.0.0.0",
    cors: false,
    prefetch: 1000,
    compression: "NoCompression",
    httpServer: "node",
    maxConnectionAgeMs: 0,
    maxClientBatchSize: 32,
    maxConnectionAgeGraceMs: 0,
    minPingIntervalMs: 5000,
    monitoring: false,
    portMonitoring: 9090,
    title: null,
    description: null,
    noDebugEndpoints: false,
    noCrudEndpoints: false,
    exposeEndpoints: {},
    env: {},
    maxMessageBytes: 268435456,
    maxHeldBytes: 0,
    maxUnpackedRatio: 100,
    receiveTimeoutMs: 20000,
    strictFields: false,
    anyModelName: false,
    minReceiveRate: 500,
    maxReceivingPerConnection: 100,
    maxReceivingPerAddress: 4096,
    maxConnections: 0,
    maxConnectionsPerAddress: 0,
    maxDocuments: 100000,
    maxValues: 200000,
    accessLog: false,
    tracing: { wanted: null, host: null, port: null },
    uriTraceContext: false,
    allowLocalFiles: [],
    allowPrivateUris: false,
    uriTimeoutMs: 10000,
    uriMaxBytes: 33554432,
    uriMaxRedirects: 5,
    uriConcurrency: 32,
  });
  assert.deepEqual(executors, [{
    name: "executor0",
    replicas: 1,
    timeoutReadyMs: null,
    monitoring: false,
    portMonitoring: null,
    tracing: false,
    tracesExporterHost: null,
    tracesExporterPort: null,
    env: {},
    runtime: "torch",
    encoder: {
      name: "ViT-B-32::openai",
      modelPath: null,
      device: "auto",
      dtype: null,
      jit: false,
      minibatchSize: 64,
      numWorkerPreprocess: 4,
      accessPaths: "@r",
      maxWaitMs: 5000,
      maxQueue: 10000,
      maxQueueBytes: 536870912,
      cacheSize: 0,
      maxImageBytes: 33554432,
      maxPixels: 67108864,
      maxDecodeBytes: 805306368,
      imageTimeoutMs: 10000,
      intraOpNumThreads: 0,
      minibatchTimeoutMs: 120000,
      tokenBudget: 0,
    },
  }]);
});

Deno.test("loadFlow() tells everything that is wrong at once, in the order of the file", () => {
  const errors = errorsOf(
    `jtype: Flow
version: '3'
with:
  port: [51000, seventy]
  protocol: htttp
  prefetch: -3
  corse: true
  minibatch_size: 3
  ssl_certfile: nope.pem
executors:
  - name: clip_t
    uses:
      jtype: CLIPEncoder
      with:
        name: ViT-B-23
        batch_size: 7
        device: gpu
        minibatch_size: 0
        minibatch_size: 4
        dtype: bf16
      metas:
        py_modules:
          - executors/clip_torhc.py
  - name: clip_t
    replicas: 65
    uses: CLIPEncoder
  - sharrds: 1
`,
    {},
    {
      cwd: "/",
      knownModel: (name) =>
        name === "ViT-B-32::openai"
          ? { ok: true }
          : { ok: false, message: `there is no model '${name}'; expected one of the catalog` },
    },
  );
  assert.deepEqual(errors, [
    'flow.yml:2:10: version: "3" is not known; expected 1 or 1.0',
    'flow.yml:4:17: with.port[1]: "seventy" does not fit; expected a whole number from 0 to 65535, or a list of these',
    "flow.yml:5:13: with.protocol: \"htttp\" is not known; expected grpc, http or websocket, or a list of these; did you mean 'http'?",
    "flow.yml:6:13: with.prefetch: -3 is too small; expected a whole number from 0 to 1000000",
    "flow.yml:7:3: with.corse: unknown key; did you mean 'cors'?",
    "flow.yml:8:3: with.minibatch_size: unknown key here; expected under 'executors[].uses.with'",
    "flow.yml:9:17: with.ssl_certfile: there is no \"nope.pem\"; expected a file at '/nope.pem'",
    "flow.yml:9:17: with.ssl_certfile: the key is missing; expected 'ssl_keyfile' beside 'ssl_certfile'",
    "flow.yml:15:15: executors[0].uses.with.name: there is no model 'ViT-B-23'; expected one of the catalog",
    "flow.yml:16:9: executors[0].uses.with.batch_size: unknown key; did you mean 'minibatch_size'?",
    "flow.yml:17:17: executors[0].uses.with.device: \"gpu\" does not fit; expected auto, cpu, cuda, cuda:N, tensorrt or webgpu; did you mean 'cuda'?",
    "flow.yml:18:25: executors[0].uses.with.minibatch_size: 0 is too small; expected a whole number from 1 to 4096",
    "flow.yml:19:9: executors[0].uses.with.minibatch_size: the key stands twice, first in line 18; expected it once",
    'flow.yml:20:16: executors[0].uses.with.dtype: "bf16" is not known; expected fp32, fp16 or int8',
    "flow.yml:23:13: executors[0].uses.metas.py_modules[0]: \"executors/clip_torhc.py\" is none of this server's runtimes; expected one of clip_torch, clip_onnx, clip_tensorrt; did you mean 'clip_torch'?",
    "flow.yml:24:5: executors[1].name: 'clip_t' is the name of another executor; expected a new one",
    "flow.yml:25:15: executors[1].replicas: 65 is too large; expected a whole number from 1 to 64",
    "flow.yml:27:5: executors[2].sharrds: unknown key; did you mean 'shards'?",
    "flow.yml:27:5: executors[2].uses: is missing; expected 'jtype: CLIPEncoder' under 'uses', with its 'with' and 'metas'",
  ]);
});

Deno.test("loadFlow() refuses values out of range, of a wrong type or of a wrong kind", () => {
  const bad: [key: string, value: string, found: string][] = [
    ["minibatch_size", "4097", "4097 is too large"],
    ["minibatch_size", "1.5", "1.5 does not fit"],
    ["minibatch_size", "true", "true does not fit"],
    ["minibatch_size", ".nan", ".nan does not fit"],
    ["minibatch_size", ".inf", ".inf does not fit"],
    ["minibatch_size", "0x10g", '"0x10g" does not fit'],
    ["minibatch_size", "[4]", "a list does not fit"],
    ["minibatch_size", "{a: 1}", "a mapping does not fit"],
    ["minibatch_size", "99999999999999999999", "99999999999999999999 is too large"],
    ["num_worker_preprocess", "0", "0 is too small"],
    ["jit", "maybe", '"maybe" does not fit'],
    ["jit", "1", "1 does not fit"],
    ["dtype", "[fp32]", "a list is not known"],
    ["name", "[ViT]", "a list does not fit"],
    ["device", "cuda:-1", '"cuda:-1" does not fit'],
    ["access_paths", "'@x'", '"@x" does not fit'],
    ["max_pixels", "0", "0 is too small"],
  ];
  for (const [key, value, found] of bad) {
    const [error, ...more] = errorsOf(withEncoder(`${key}: ${value}`));
    assert.deepEqual(more, [], `${key}: ${value}`);
    assert.ok(
      error!.startsWith(
        `flow.yml:7:${9 + key.length + 2}: executors[0].uses.with.${key}: ${found}`,
      ),
      `${key}: ${value} gave ${error}`,
    );
  }
});

Deno.test("loadFlow() takes numbers and switches that are written as texts", () => {
  const { encoder } = load(withEncoder(`minibatch_size: "1_024"
num_worker_preprocess: ' 2 '
jit: "yes"
max_queue: 1e3
name: 7`)).executors[0]!;
  assert.equal(encoder.minibatchSize, 1024);
  assert.equal(encoder.numWorkerPreprocess, 2);
  assert.equal(encoder.jit, true);
  assert.equal(encoder.maxQueue, 1000);
  assert.equal(encoder.name, "7");
});

Deno.test("loadFlow() takes an empty value as if the key were not there", () => {
  const { encoder } = load(withEncoder("minibatch_size:\nname: ''\ndevice: ~")).executors[0]!;
  assert.deepEqual(
    [encoder.minibatchSize, encoder.name, encoder.device],
    [64, "ViT-B-32::openai", "auto"],
  );
});

Deno.test("loadFlow() reads the spellings of dtype that clip_server takes", () => {
  for (
    const [written, read] of [["float32", "fp32"], ["FP16", "fp16"], ["torch.float16", "fp16"]]
  ) {
    assert.equal(load(withEncoder(`dtype: ${written}`)).executors[0]!.encoder.dtype, read);
  }
});

Deno.test("loadFlow() lets replicas beside uses win over those inside", () => {
  const inside = "uses: {jtype: CLIPEncoder, replicas: 3, with: {replicas: 2}}";
  assert.equal(load(`executors: [{${inside}}]`).executors[0]!.replicas, 3);
  assert.equal(load(`executors: [{replicas: 4, ${inside}}]`).executors[0]!.replicas, 4);
  assert.equal(load(withEncoder("replicas: 2")).executors[0]!.replicas, 2);
  assert.deepEqual(load(`executors: [{replicas: 4, ${inside}}]`).warnings, [
    "flow.yml:1:64: executors[0].uses.replicas: 3 is passed over, as executors[0].replicas is 4",
    "flow.yml:1:84: executors[0].uses.with.replicas: 2 is passed over, as executors[0].replicas is 4",
  ]);
  const same = "executors: [{replicas: 2, uses: {jtype: CLIPEncoder, with: {replicas: 2}}}]";
  assert.deepEqual(load(same).warnings, []);
});

Deno.test("loadFlow() asks for the model by name only where no path is given", () => {
  const options = { knownModel: () => ({ ok: false as const, message: "unknown; expected none" }) };
  assert.equal(errorsOf(withEncoder("minibatch_size: 1"), {}, options).length, 1);
  const labelled = load(withEncoder("name: my own\nmodel_path: ."), {}, options);
  assert.equal(labelled.executors[0]!.encoder.name, "my own");
});

Deno.test("loadFlow() takes a model by the names of other programs, and keeps what is written", () => {
  for (const name of ["openai/clip-vit-base-patch32", "ViT-B-32__openai", "clip-ViT-B-32"]) {
    const flow = load(withEncoder(`name: ${name}`), {}, { knownModel: findModel });
    assert.equal(flow.executors[0]?.encoder.name, name);
  }
});

Deno.test("loadFlow() warns once of each key of Jina's", () => {
  const { warnings } = load(`executors:
  - {name: a, uses: CLIPEncoder, shards: 2, quiet: true}
  - {name: b, uses: CLIPEncoder, shards: 2}
`);
  assert.deepEqual(warnings, [
    "flow.yml:2:34: executors[0].shards: is known to Jina and means nothing here; it is passed over",
    "flow.yml:2:45: executors[0].quiet: is known to Jina and means nothing here; it is passed over",
  ]);
});

Deno.test("loadFlow() shows a hundred problems and counts the rest", () => {
  const text = Array.from({ length: 150 }, (_, index) => `x${index}: 1`).join("\n");
  assert.throws(() => load(text), (thrown) => {
    assert.ok(thrown instanceof FlowError);
    assert.equal(thrown.problems.length, 151);
    assert.ok(thrown.message.endsWith("\n… and 51 more problems"));
    return true;
  });
});

Deno.test("loadFlow() never shows the password of a key", () => {
  const text = withGateway("uvicorn_kwargs:\n  ssl_keyfile_password: [hunter2]");
  const errors = errorsOf(text);
  assert.equal(errors.length, 1);
  assert.ok(!errors.join().includes("hunter2"));
});

Deno.test("loadFlow() reads a password of digits as it is written", async () => {
  await withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "cert.pem"), "");
    Deno.writeTextFileSync(join(folder, "key.pem"), "");
    const text = withGateway(
      "ssl_certfile: cert.pem\nssl_keyfile: key.pem\nuvicorn_kwargs: {ssl_keyfile_password: 0012}",
    );
    assert.deepEqual(load(text, {}, { cwd: folder }).gateway.tls, {
      certFile: join(folder, "cert.pem"),
      keyFile: join(folder, "key.pem"),
      keyPassword: "0012",
      clientCaFile: null,
    });
  });
});

Deno.test("loadFlow() reads expose_endpoints as a mapping and as JSON", () => {
  const expected = { "/rank": { path: "/r", methods: ["POST"], tags: ["x"] } };
  const mapping = load(
    withGateway("expose_endpoints: {/rank: {path: /r, methods: [POST], tags: [x]}}"),
  );
  const json = load(withGateway(`expose_endpoints: '${JSON.stringify(expected)}'`));
  assert.equal(JSON.stringify(mapping.gateway.exposeEndpoints), JSON.stringify(expected));
  assert.equal(JSON.stringify(json.gateway.exposeEndpoints), JSON.stringify(expected));
  for (const bad of ["'{'", "[/rank]", "{rank: {}}", "{/rank: {methods: 3}}", "{/rank: 1}"]) {
    assert.equal(errorsOf(withGateway(`expose_endpoints: ${bad}`)).length, 1, bad);
  }
});

Deno.test("loadFlow() keeps keys like __proto__ from meaning anything", () => {
  assert.deepEqual(errorsOf(withGateway("__proto__: {cors: true}")), [
    "flow.yml:3:3: with.__proto__: unknown key; expected one of the keys of 'with' in docs/flow.md",
  ]);
  assert.deepEqual(load(withGateway("env: {__proto__: x}")).gateway.env, {});
  assert.equal(errorsOf(withGateway("constructor: 1")).length, 1);
  assert.equal(errorsOf("executors: [{uses: toString}]").length, 1);
});

Deno.test("loadFlow() refuses a mapping with a key 'constructor' where a number belongs", () => {
  assert.match(
    errorsOf(withEncoder("minibatch_size: {constructor: {name: {}}}"))[0]!,
    /minibatch_size: .*does not fit; expected/,
  );
});

Deno.test("loadFlow() finds paths beside the flow, else in the working directory", async () => {
  await withFolder((folder) => {
    const flows = join(folder, "flows");
    const cwd = join(folder, "cwd");
    for (const made of ["flows/model", "cwd/model", "cwd/other", "home/mine"]) {
      Deno.mkdirSync(join(folder, made), { recursive: true });
    }
    const file = join(flows, "f.yml");
    const modelPath = (written: string) => {
      Deno.writeTextFileSync(file, withEncoder(`model_path: ${written}`));
      const env = { HOME: join(folder, "home") };
      return loadFlow({ path: "../flows/f.yml" }, env, { cwd }).executors[0]!.encoder.modelPath;
    };
    assert.equal(modelPath("model"), join(flows, "model"));
    assert.equal(modelPath("other"), join(cwd, "other"));
    assert.equal(modelPath("~/mine"), join(folder, "home/mine"));
    assert.equal(modelPath(join(folder, "cwd")), cwd);
    assert.throws(() => modelPath("gone"), {
      message: `../flows/f.yml:7:21: executors[0].uses.with.model_path: there is no "gone"; ` +
        `expected a file or directory at '${join(flows, "gone")}' or '${join(cwd, "gone")}'`,
    });
    assert.throws(() => modelPath("f.yml/deeper"), /there is no "f.yml\/deeper"/);
  });
});

Deno.test("loadFlow() wants directories and files where they belong", async () => {
  await withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "file"), "");
    Deno.mkdirSync(join(folder, "images"));
    const options = { cwd: folder };
    assert.deepEqual(
      load(withGateway("allow_local_files: [images]"), {}, options).gateway
        .allowLocalFiles,
      [join(folder, "images")],
    );
    assert.deepEqual(errorsOf(withGateway("allow_local_files: [images, file]"), {}, options), [
      'flow.yml:3:31: with.allow_local_files[1]: "file" is not a directory; expected the path of one',
    ]);
    const [error] = errorsOf(withGateway("ssl_keyfile: images"), {}, options);
    assert.match(error!, /"images" is a directory; expected the path of a file/);
  });
});

Deno.test("loadFlow() says what is wrong with a file that is no flow", async () => {
  await withFolder((folder) => {
    Deno.writeFileSync(join(folder, "utf16.yml"), new Uint8Array([0xff, 0xfe, 0x61, 0x00]));
    Deno.writeTextFileSync(join(folder, "huge.yml"), "#".repeat(300_000));
    Deno.writeTextFileSync(join(folder, "bom.yml"), "\ufeffexecutors: [{uses: CLIPEncoder}]");
    for (
      const [path, message] of [
        ["gone.yml", "there is no such file; expected a Flow YAML file or a built-in flow's name"],
        [".", "is a directory; expected a Flow YAML file"],
        ["utf16.yml", "is not text in UTF-8; expected a Flow YAML file in UTF-8"],
        ["huge.yml", "has 300000 bytes; expected a Flow YAML of at most 262144"],
      ] as const
    ) {
      assert.throws(() => loadFlow({ path }, {}, { cwd: folder }), (thrown) => {
        assert.ok(thrown instanceof FlowError);
        assert.equal(thrown.message, `${path}: ${message}`);
        return true;
      });
    }
    assert.equal(loadFlow({ path: "bom.yml" }, {}, { cwd: folder }).executors.length, 1);
  });
});

async function withFolder(body: (folder: string) => void): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadFlow() lets executors take over the gateway's monitoring, unless they say otherwise", () => {
  const monitored = (gateway: string, executor: string) =>
    load(`jtype: Flow
with:
  monitoring: ${gateway}
executors:
  - uses: CLIPEncoder
    port_monitoring: 9091
${executor}`).executors[0]!.monitoring;
  assert.equal(monitored("true", ""), true);
  assert.equal(monitored("true", "    monitoring:"), true);
  assert.equal(monitored("true", "    monitoring: false"), false);
  assert.equal(monitored("false", ""), false);
  assert.equal(monitored("false", "    monitoring: true"), true);
});

Deno.test("loadFlow() reads api_keys as a key, a list, mappings, files and variables", () => {
  const keys = (text: string, env = {}) =>
    load(withGateway(`api_keys: ${text}`), env).gateway.apiKeys;
  const [one, two] = ["one-0123456789abcdef", "two-0123456789abcdef"];
  assert.deepEqual(keys(one), [{ key: one }]);
  assert.deepEqual(keys(`[${one}, ${two}]`), [{ key: one }, { key: two }]);
  assert.deepEqual(keys("${{ ENV.K }}", { K: one }), [{ key: one }]);
  assert.deepEqual(keys("${{ ENV.K }}", { K: `[${one}, ${two}]` }), [{ key: one }, { key: two }]);
  assert.deepEqual(keys("01234567890123456789"), [{ key: "01234567890123456789" }]);
  assert.deepEqual(
    keys(`[{key: ${one}, name: search, rate: "0.5", burst: 10, share: 1}, ${two}]`),
    [{ key: one, name: "search", rate: 0.5, burst: 10, share: 1 }, { key: two }],
  );
  withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "keys"), "");
    const { gateway } = load(withGateway("api_keys: {file: keys}"), {}, { cwd: folder });
    assert.deepEqual(gateway.apiKeys, [{ file: join(folder, "keys") }]);
  });
});

Deno.test("loadFlow() refuses api_keys that would let nobody in, or everybody, and shows none", () => {
  const key = "one-0123456789abcdef";
  const fails = (text: string, message: RegExp, env = {}) => {
    const problems = errorsOf(withGateway(`api_keys: ${text}`), env).join("\n");
    assert.match(problems, message);
    assert.ok(!problems.includes("0123456789"), problems);
  };
  fails("", /:3:\d+: with\.api_keys: nothing stands here; expected keys, or leave/);
  fails("${{ ENV.K }}", /nothing stands here; expected keys/, { K: "" });
  fails("${{ ENV.K }}", /the value does not fit \(\$\{\{ ENV\.K \}\} has no value\)/);
  fails("{key: $K, name: a}", /the value does not fit \(\$K has no value\)/);
  fails("[]", /the list is empty/);
  fails(`[${key}, '']`, /api_keys\[1\]: nothing stands here/);
  fails(`["${key} ${key}"]`, /api_keys\[0\]: the value does not fit; expected a key of visible/);
  fails(`[${key}, ${key}]`, /:3:\d+: with\.api_keys\[1\]: is the same key as one before it/);
  fails(`[{key: ${key}, name: a}, {key: ${key}x, name: a}]`, /'a' is the name of another key/);
  fails(`[{key: ${key}, rate: 0}]`, /api_keys\[0\]\.rate: the value is too small/);
  fails(`[{key: ${key}, share: 2}]`, /api_keys\[0\]\.share: the value is too large/);
  fails(`[{key: ${key}, burst: 2}]`, /'burst' means nothing by itself; expected 'rate'/);
  fails(`[{key: ${key}, quota: 2}]`, /api_keys\[0\]: the value does not fit/);
  fails("{file: nowhere}", /there is no "nowhere"; expected a file at/);
  fails("/etc/passwd", /is the path of a file; expected \{file: PATH\}/);
  const { warnings } = load(withGateway("api_keys: [short-1, short-2]"));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /api_keys\[0\]: has fewer than 16 characters/);
});

Deno.test("loadFlow() reads cors as yes, no, or the origins of pages", () => {
  const cors = (text: string) => load(withGateway(`cors: ${text}`)).gateway.cors;
  assert.equal(cors("true"), true);
  assert.equal(cors("off"), false);
  assert.deepEqual(cors("https://a.example"), ["https://a.example"]);
  assert.deepEqual(cors("[https://a.example, 'http://localhost:3000', 'null']"), [
    "https://a.example",
    "http://localhost:3000",
    "null",
  ]);
  for (const wrong of ["a.example", "https://a.example/", "[]", "'*'"]) {
    const [problem] = errorsOf(withGateway(`cors: ${wrong}`));
    assert.match(problem!, /with\.cors: .*expected true, false, or a list of origins/, wrong);
  }
});

Deno.test("loadFlow() reads apis by their names, and refuses a protocol that nobody speaks then", () => {
  const apis = (text: string) => load(withGateway(text)).gateway.apis;
  assert.deepEqual(apis("protocol: http\napis: openai"), ["openai"]);
  assert.deepEqual(apis("protocol: http\napis: [Jina, TEI, triton, vllm]"), [
    "jina",
    "tei",
    "oip",
    "openai",
  ]);
  assert.deepEqual(apis("protocol: grpc\napis: kserve"), ["oip"]);
  assert.match(errorsOf(withGateway("apis: []"))[0]!, /with\.apis: /);
  assert.match(errorsOf(withGateway("apis: opnai"))[0]!, /did you mean 'openai'/);
  assert.match(
    errorsOf(withGateway("protocol: [http, grpc]\napis: openai"))[0]!,
    /with\.apis: nothing of it is served over grpc; expected jina or oip too/,
  );
  assert.match(
    errorsOf(withGateway("protocol: websocket\napis: [openai, oip]"))[0]!,
    /nothing of it is served over websocket; expected jina too/,
  );
});

Deno.test("loadFlow() takes paths that are not here where the flow is for another machine", () => {
  const text = `jtype: Flow
with: {ssl_certfile: /not/here.pem, ssl_keyfile: keys/not-here.pem, api_keys: [0123456789abcdef]}
executors: [{uses: {jtype: CLIPEncoder, with: {model_path: ./weights.pt}}}]
`;
  const source = { text, name: "flow.yml" };
  assert.throws(() => loadFlow(source, {}), /there is no "\/not\/here\.pem"/);
  const { gateway, executors } = loadFlow(source, {}, { elsewhere: true, cwd: "/app" });
  assert.equal(gateway.tls?.keyFile, "/app/keys/not-here.pem");
  assert.equal(executors[0]!.encoder.modelPath, "/app/weights.pt");
  // What is here is still looked at.
  const folder = { text: text.replace("/not/here.pem", "/"), name: "flow.yml" };
  assert.throws(() => loadFlow(folder, {}, { elsewhere: true }), /is a directory/);
});
