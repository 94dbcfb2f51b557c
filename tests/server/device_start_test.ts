/** The start of an executor on machines whose adapters are made up. */
import assert from "node:assert/strict";
import { NO_OBSERVER } from "../../src/telemetry/engine_observer.ts";
import { ClipError } from "../../src/errors.ts";
import { loadFlow } from "../../src/flow/load.ts";
import type { Executor } from "../../src/service/executors.ts";
import { silentProgress } from "../../src/model/store/progress.ts";
import { readStoreSettings, type StoreSettings } from "../../src/model/store/settings.ts";
import type { AdapterReport } from "../../src/runtime/adapters.ts";
import type { DeviceSystem } from "../../src/runtime/device_types.ts";
import { startExecutor, WORKER_URLS } from "../../src/server/executor.ts";
import { Log } from "../../src/telemetry/log.ts";
import { onnxModel } from "../support/onnx_model.ts";

async function start(
  device: string,
  report: AdapterReport,
  encoder: string[] = [],
  settings: StoreSettings = readStoreSettings(),
): Promise<{ executor: Executor; lines: string[] }> {
  const flow = `
jtype: Flow
executors:
  - name: clip_o
    uses:
      jtype: CLIPEncoder
      with:
        name: fixture
        model_path: ${await onnxModel("rn-a")}
        minibatch_size: 2
        num_worker_preprocess: 1
        device: ${device}
${encoder.map((line) => `        ${line}`).join("\n")}
      metas:
        py_modules: [clip_onnx]
`;
  const [config] = loadFlow({ text: flow, name: "test-flow.yml" }, {}).executors;
  const lines: string[] = [];
  const devices: DeviceSystem = {
    listAdapters: () => Promise.resolve(report),
    missingLibraries: () => ({ provider: ["libonnxruntime_providers_cuda.so"], system: [] }),
    probe: () => Promise.resolve(undefined),
  };
  const executor = await startExecutor(config!, {
    log: new Log("test", {
      level: "INFO",
      json: false,
      color: false,
      write: (line) => lines.push(line),
    }),
    progress: silentProgress,
    observer: NO_OBSERVER,
    workers: WORKER_URLS,
    devices,
    settings,
  });
  return { executor, lines };
}

Deno.test("auto tells in its description what it passed over, and embeds on the CPU", async () => {
  const { executor, lines } = await start("auto", {
    adapters: [{ api: "webgpu", name: "llvmpipe", software: true, nvidia: false }],
    problems: { cuda: "the NVIDIA driver (libcuda.so.1) is not installed" },
  });
  try {
    const { provider, device, dtype, passed_over } = executor.description;
    assert.deepEqual([provider, device, dtype], ["cpu", "CPU", "fp32"]);
    assert.match(
      passed_over!,
      /^cuda: the NVIDIA driver .*; webgpu: only in software \(llvmpipe\)/,
    );
    const log = lines.join("\n");
    assert.match(log, /Device chosen device=cpu/);
    const [embedding] = await executor.encoder.encode([{ modality: "text", text: "a cat" }]);
    assert.ok(embedding instanceof Float32Array);
  } finally {
    await executor.encoder.close(0);
  }
});

Deno.test("a device by name that is not there ends the start before the model is touched", async () => {
  const failed = await start("cuda", { adapters: [], problems: { cuda: "no driver" } }).then(
    () => assert.fail("it started"),
    (thrown) => thrown,
  );
  assert.ok(failed instanceof ClipError);
  assert.equal(failed.kind, "backend");
  assert.match(failed.message, /^Executor 'clip_o' asks for device 'cuda', but cuda cannot be had/);
  assert.match(failed.message, /libonnxruntime_providers_cuda\.so .*deno task setup:cuda/);
});

Deno.test("jit in a flow keeps the optimised graphs, and the next start finds them", async () => {
  const cache = await Deno.makeTempDir();
  try {
    const none: AdapterReport = { adapters: [], problems: {} };
    const logs: string[] = [];
    const embeddings: Float32Array[] = [];
    for (const encoder of [["jit: true"], ["jit: true"], []]) {
      const { executor, lines } = await start("cpu", none, encoder, {
        ...readStoreSettings(),
        cache,
      });
      const [found] = await executor.encoder.encode([{ modality: "text", text: "a dog" }]);
      embeddings.push(found as Float32Array);
      logs.push(lines.join("\n"));
      await executor.encoder.close(0);
    }
    assert.match(logs[0]!, /jit: graphs optimised and kept/);
    assert.match(logs[1]!, /jit: optimised graphs found/);
    assert.doesNotMatch(logs[2]!, /jit/);
    for (const found of embeddings) {
      assert.ok(found.every((value, d) => Math.abs(value - embeddings[2]![d]!) < 1e-5));
    }
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
