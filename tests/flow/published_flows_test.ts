/** Flows of the shapes that clip_server's documentation and its users published. */
import assert from "node:assert/strict";
import type { FlowConfig } from "../../src/flow/config.ts";
import { load } from "./flow_fixture.ts";

interface Published {
  name: string;
  yaml: string;
  /** What must have become of it. */
  expect(config: FlowConfig): void;
  /** Keys that are warned of. */
  warned?: string[];
}

const HEAD = "jtype: Flow\nversion: '1'\n";

const PUBLISHED: Published[] = [
  {
    name: "the minimal torch flow",
    yaml: `${HEAD}with:
  port: 51000
executors:
  - name: clip_t
    uses:
      jtype: CLIPEncoder
      metas:
        py_modules:
          - executors/clip_torch.py
`,
    expect({ gateway, executors }) {
      assert.deepEqual(gateway.listeners, [{ protocol: "grpc", port: 51000 }]);
      assert.equal(executors[0]!.name, "clip_t");
      assert.equal(executors[0]!.runtime, "torch");
      assert.equal(executors[0]!.encoder.minibatchSize, 64);
    },
  },
  {
    name: "an empty `with:` of the encoder",
    yaml: `${HEAD}with:
  port: 51000
executors:
  - name: clip_t
    uses:
      jtype: CLIPEncoder
      with:
      metas:
        py_modules:
          - clip_server.executors.clip_torch
    timeout_ready: 3000000
    replicas: 1
`,
    expect({ executors }) {
      assert.equal(executors[0]!.timeoutReadyMs, 3_000_000);
      assert.equal(executors[0]!.runtime, "torch");
    },
  },
  {
    name: "the TensorRT flow with replicas beside uses",
    yaml: `${HEAD}with:
  port: 51000
executors:
  - name: clip_r
    uses:
      jtype: CLIPEncoder
      metas:
        py_modules:
          - executors/clip_tensorrt.py
    timeout_ready: 6000000
    replicas: 2`,
    expect({ executors }) {
      assert.equal(executors[0]!.runtime, "tensorrt");
      assert.equal(executors[0]!.replicas, 2);
    },
  },
  {
    name: "replicas under uses",
    yaml: `${HEAD}with:
  port: 51000
executors:
  - name: clip_t
    uses:
      replicas: 4
      jtype: CLIPEncoder
      metas:
        py_modules:
          - clip_server.executors.clip_torch
`,
    expect: ({ executors }) => assert.equal(executors[0]!.replicas, 4),
  },
  {
    name: "jit and device",
    yaml: `${HEAD}with:
  port: 51000
executors:
  - name: clip_t
    uses:
      jtype: CLIPEncoder
      with:
        jit: True
        device: cpu
      metas:
        py_modules:
          - clip_server.executors.clip_torch
`,
    expect({ executors }) {
      assert.equal(executors[0]!.encoder.jit, true);
      assert.equal(executors[0]!.encoder.device, "cpu");
    },
  },
  {
    name: "an ONNX model of one's own, with every clip_server argument",
    yaml: `${HEAD}with:
  port: 51000
executors:
  - name: clip_o
    uses:
      jtype: CLIPEncoder
      with:
        name: ViT-B/32
        model_path: .
        device: cuda:1
        dtype: fp16
        num_worker_preprocess: 2
        minibatch_size: 32
        access_paths: '@r,c'
      metas:
        py_modules:
          - clip_server.executors.clip_onnx
`,
    expect({ executors }) {
      const { encoder, runtime } = executors[0]!;
      assert.equal(runtime, "onnx");
      assert.equal(encoder.modelPath, Deno.cwd());
      assert.equal(encoder.device, "cuda:1");
      assert.equal(encoder.dtype, "fp16");
      assert.equal(encoder.accessPaths, "@r,c");
    },
  },
  {
    name: "websocket and prefetch",
    yaml: `${HEAD}with:
  port: 51000
  protocol: websocket
  prefetch: 10
executors:
  - name: clip_t
    replicas: 4
    uses:
      jtype: CLIPEncoder
      metas:
        py_modules:
          - executors/clip_torch.py
`,
    expect({ gateway }) {
      assert.deepEqual(gateway.listeners, [{ protocol: "websocket", port: 51000 }]);
      assert.equal(gateway.prefetch, 10);
    },
  },
  {
    name: "http with CORS, as a search server's docker-compose mounts it",
    yaml: `${HEAD}with:
  port: 51000
  protocol: http
  cors: true
executors:
  - name: clip_t
    uses:
      jtype: CLIPEncoder
      metas:
        py_modules:
          - clip_server.executors.clip_torch
`,
    expect({ gateway }) {
      assert.equal(gateway.listeners[0]!.protocol, "http");
      assert.equal(gateway.cors, true);
    },
  },
  {
    name: "monitoring of gateway and executor",
    yaml: `${HEAD}with:
  port: 51000
  monitoring: True
  port_monitoring: 9090
executors:
  - name: clip_t
    uses:
      jtype: CLIPEncoder
      metas:
        py_modules:
          - executors/clip_torch.py
    monitoring: true
    port_monitoring: 9091
`,
    expect({ gateway, executors }) {
      assert.equal(gateway.monitoring, true);
      assert.equal(gateway.portMonitoring, 9090);
      assert.equal(executors[0]!.monitoring, true);
      assert.equal(executors[0]!.portMonitoring, 9091);
    },
  },
  {
    name: "several protocols and ports",
    yaml: `${HEAD}with:
  port: [51000, 51001, 51002]
  protocol: ['GRPC', 'HTTP', 'WEBSOCKET']
executors:
  - uses:
      jtype: CLIPEncoder
      metas: {py_modules: [clip_server.executors.clip_torch]}
`,
    expect: ({ gateway }) =>
      assert.deepEqual(gateway.listeners, [
        { protocol: "grpc", port: 51000 },
        { protocol: "http", port: 51001 },
        { protocol: "websocket", port: 51002 },
      ]),
  },
  {
    name: "the published executor by its hub name, with uses_with",
    yaml: `jtype: Flow
executors:
  - name: encoder
    uses: jinahub+docker://CLIPOnnxEncoder/0.8.1-gpu
    uses_with:
      name: ViT-B-16::openai
      device: cuda
    timeout_ready: -1
    gpus: all
    volumes: '/root/.cache:/root/.cache'
`,
    warned: ["gpus", "volumes"],
    expect({ executors }) {
      assert.equal(executors[0]!.runtime, "onnx");
      assert.equal(executors[0]!.encoder.name, "ViT-B-16::openai");
      assert.equal(executors[0]!.timeoutReadyMs, null);
    },
  },
  {
    name: "an executor of a bigger flow, with keys of Jina's own",
    yaml: `${HEAD}with:
  protocol: grpc
  port: 51005
  env:
    JINA_LOG_LEVEL: DEBUG
  tracing: true
  traces_exporter_host: localhost
executors:
  - name: clip_encoder
    uses: jinaai://jina-ai/CLIPTorchEncoder
    host: demo-cas.jina.ai
    port: 2096
    tls: true
    external: true
    needs: [gateway]
    env:
      CUDA_VISIBLE_DEVICES: RR0:3
      XLA_PYTHON_CLIENT_ALLOCATOR: platform
    polling: {'/index': 'ANY', '/search': 'ALL'}
    workspace: './workspace'
`,
    warned: [
      "host",
      "port",
      "tls",
      "external",
      "needs",
      "polling",
      "workspace",
    ],
    expect({ gateway, executors, tracing }) {
      assert.deepEqual(tracing, { wanted: true, host: "localhost", port: null });
      assert.deepEqual(gateway.env, { JINA_LOG_LEVEL: "DEBUG" });
      assert.equal(executors[0]!.env["CUDA_VISIBLE_DEVICES"], "RR0:3");
      assert.equal(executors[0]!.runtime, "torch");
    },
  },
  {
    name: "tags in place of jtype",
    yaml: `!Flow
version: '1.0'
with:
  port_expose: 51009
executors:
  - name: clip_t
    uses: !CLIPEncoder
      with:
        traversal_paths: '@c'
      metas:
        py_modules: executors/clip_onnx.py
`,
    expect({ gateway, executors }) {
      assert.equal(gateway.listeners[0]!.port, 51009);
      assert.equal(executors[0]!.runtime, "onnx");
      assert.equal(executors[0]!.encoder.accessPaths, "@c");
    },
  },
  {
    name: "a gateway section as newer Jina has it",
    yaml: `${HEAD}with:
  port: 1
  cors: true
gateway:
  protocol: http
  port: 12345
executors:
  - uses: {jtype: CLIPEncoder}
`,
    expect({ gateway }) {
      assert.deepEqual(gateway.listeners, [{ protocol: "http", port: 12345 }]);
      assert.equal(gateway.cors, true);
    },
  },
];

for (const { name, yaml, expect, warned = [] } of PUBLISHED) {
  Deno.test(`loadFlow() reads ${name}`, () => {
    const config = load(yaml);
    expect(config);
    const keys = config.warnings.map((line) => /^flow\.yml:\d+:\d+: (\S+): /.exec(line)?.[1]);
    assert.deepEqual(keys.map((key) => key?.split(".").at(-1)), warned);
  });
}
