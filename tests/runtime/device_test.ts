import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import type { Adapter, AdapterReport } from "../../src/runtime/adapters.ts";
import { chooseDevice } from "../../src/runtime/device.ts";
import type { DeviceRequest, DeviceSystem } from "../../src/runtime/device_types.ts";

const H100: Adapter = { api: "cuda", name: "NVIDIA H100", software: false, nvidia: true };
const RADEON: Adapter = { api: "webgpu", name: "AMD Radeon", software: false, nvidia: false };
const GEFORCE: Adapter = { api: "webgpu", name: "GeForce", software: false, nvidia: true };
const LLVMPIPE: Adapter = { api: "webgpu", name: "llvmpipe", software: true, nvidia: false };

const ASKED: DeviceRequest = {
  executor: "clip_t",
  device: "auto",
  runtime: "torch",
  dtype: null,
  replicas: 1,
};

interface Machine {
  adapters?: Adapter[];
  problems?: AdapterReport["problems"];
  missing?: { provider: string[]; system: string[] };
  /** Why a provider does not work, by `provider precision`. */
  broken?: Record<string, string>;
}

/** A machine that is faked at the function that lists adapters, and at the providers' try. */
function machine({ adapters = [], problems = {}, missing, broken = {} }: Machine): DeviceSystem {
  return {
    listAdapters: () => Promise.resolve({ adapters, problems }),
    missingLibraries: () => missing ?? { provider: [], system: [] },
    probe: ([first], precision) => Promise.resolve(broken[`${first!.name} ${precision}`]),
  };
}

async function refusal(request: Partial<DeviceRequest>, system: DeviceSystem): Promise<ClipError> {
  const error = await chooseDevice({ ...ASKED, ...request }, system).then(
    (choice) => assert.fail(`took ${choice.device}`),
    (thrown) => thrown,
  );
  assert.ok(error instanceof ClipError, String(error));
  return error;
}

Deno.test("auto takes CUDA in float16 where it works", async () => {
  const choice = await chooseDevice(ASKED, machine({ adapters: [H100, GEFORCE] }));
  assert.equal(choice.device, "cuda");
  assert.equal(choice.adapter, "NVIDIA H100");
  assert.equal(choice.dtype, "fp16");
  assert.equal(choice.target, "gpu");
  assert.deepEqual(choice.passedOver, []);
  assert.deepEqual(choice.providers(0), [{ name: "cuda", deviceId: 0 }]);
});

Deno.test("auto takes WebGPU on hardware where CUDA's libraries are missing, and says so", async () => {
  const choice = await chooseDevice(
    ASKED,
    machine({
      adapters: [H100, GEFORCE],
      missing: { provider: ["libonnxruntime_providers_cuda.so"], system: [] },
      broken: { "cuda fp16": "Failed to load shared library" },
    }),
  );
  assert.equal(choice.device, "webgpu");
  assert.equal(choice.dtype, "fp16");
  assert.equal(choice.serial, true);
  assert.equal(choice.passedOver.length, 1);
  assert.match(choice.passedOver[0]!, /^cuda: libonnxruntime_providers_cuda\.so .*setup:cuda/);
});

Deno.test("auto takes WebGPU in float32 where the adapter has no float16", async () => {
  const system = machine({ adapters: [RADEON], broken: { "webgpu fp16": "no shader-f16" } });
  const choice = await chooseDevice(ASKED, system);
  assert.equal(choice.device, "webgpu");
  assert.equal(choice.dtype, "fp32");
});

Deno.test("auto never takes a software adapter; the CPU is taken, with both reasons", async () => {
  const choice = await chooseDevice(
    ASKED,
    machine({ adapters: [LLVMPIPE], problems: { cuda: "the driver is not installed" } }),
  );
  assert.equal(choice.device, "cpu");
  assert.equal(choice.dtype, "fp32");
  assert.deepEqual(choice.passedOver, [
    "cuda: the driver is not installed",
    "webgpu: only in software (llvmpipe), which is slower than the CPU",
  ]);
});

Deno.test("auto passes over a hardware adapter that does not work", async () => {
  const system = machine({ adapters: [RADEON], broken: { "webgpu fp32": "device lost" } });
  const choice = await chooseDevice(ASKED, system);
  assert.equal(choice.device, "cpu");
  assert.match(choice.passedOver[1]!, /^webgpu: it does not work on AMD Radeon: device lost$/);
});

Deno.test("auto leaves NVIDIA's GPUs alone where CUDA_VISIBLE_DEVICES is empty", async () => {
  const hidden = { ...ASKED, visibleDevices: "" };
  const choice = await chooseDevice(hidden, machine({ adapters: [H100, GEFORCE] }));
  assert.equal(choice.device, "cpu");
  assert.equal(choice.passedOver.length, 2);
  const other = await chooseDevice(hidden, machine({ adapters: [H100, RADEON] }));
  assert.equal(other.device, "webgpu");
});

Deno.test("auto runs int8 on the CPU, whatever else is there", async () => {
  const choice = await chooseDevice({ ...ASKED, dtype: "int8" }, machine({ adapters: [H100] }));
  assert.equal(choice.device, "cpu");
  assert.equal(choice.dtype, "int8");
  assert.deepEqual(choice.passedOver, ["cuda, webgpu: dtype int8 runs on a CPU only"]);
});

Deno.test("a software adapter is taken where WebGPU is asked for by name", async () => {
  const choice = await chooseDevice(
    { ...ASKED, device: "webgpu" },
    machine({ adapters: [LLVMPIPE], broken: { "webgpu fp16": "no shader-f16" } }),
  );
  assert.equal(choice.device, "webgpu");
  assert.equal(choice.dtype, "fp32");
});

Deno.test("a device asked for by name that cannot be had is an error with the remedy", async () => {
  const bare = machine({
    problems: { cuda: "the NVIDIA driver (libcuda.so.1) is not installed", webgpu: "no driver" },
    missing: {
      provider: ["libonnxruntime_providers_cuda.so", "libonnxruntime_providers_tensorrt.so"],
      system: ["libcudnn.so.9", "libnvinfer.so.10"],
    },
  });
  const cuda = await refusal({ device: "cuda" }, bare);
  assert.equal(cuda.kind, "backend");
  for (
    const part of ["libcuda.so.1", "libonnxruntime_providers_cuda.so", "setup:cuda", "cuDNN 9"]
  ) assert.ok(cuda.message.includes(part), `${part} in ${cuda.message}`);
  assert.match(cuda.message, /say 'device: auto' or 'device: cpu'/);

  const tensorrt = await refusal({ runtime: "tensorrt" }, bare);
  assert.match(tensorrt.message, /asks for the tensorrt runtime/);
  assert.match(tensorrt.message, /libonnxruntime_providers_tensorrt\.so.*deno task setup:cuda/);
  assert.match(tensorrt.message, /libnvinfer\.so\.10/);

  const webgpu = await refusal({ device: "webgpu" }, bare);
  assert.match(webgpu.message, /libvulkan1/);
});

Deno.test("float16 asked for by name where WebGPU has none is an error", async () => {
  const system = machine({ adapters: [RADEON], broken: { "webgpu fp16": "no shader-f16" } });
  const error = await refusal({ device: "webgpu", dtype: "fp16" }, system);
  assert.match(error.message, /does not compute in float16 on AMD Radeon: no shader-f16/);
});

Deno.test("what does not go together is a mistake in the flow", async () => {
  const system = machine({ adapters: [H100, RADEON] });
  const table: Partial<DeviceRequest>[] = [
    { device: "cuda", dtype: "int8" },
    { device: "webgpu", dtype: "int8" },
    { runtime: "tensorrt", dtype: "int8" },
    { runtime: "tensorrt", device: "cpu" },
    { runtime: "tensorrt", device: "webgpu" },
  ];
  for (const request of table) assert.equal((await refusal(request, system)).kind, "config");
});

Deno.test("the tensorrt runtime has CUDA for what TensorRT does not take", async () => {
  const choice = await chooseDevice(
    { ...ASKED, runtime: "tensorrt", device: "cuda:1" },
    machine({ adapters: [H100, H100] }),
  );
  assert.equal(choice.device, "tensorrt");
  assert.deepEqual(choice.providers(0), [
    { name: "tensorrt", deviceId: 1 },
    { name: "cuda", deviceId: 1 },
  ]);
});

Deno.test("replicas get the devices that CUDA_VISIBLE_DEVICES deals them", async () => {
  const system = machine({ adapters: [H100, H100, H100, H100] });
  const ids = async (request: Partial<DeviceRequest>) => {
    const choice = await chooseDevice({ ...ASKED, replicas: 4, ...request }, system);
    return [0, 1, 2, 3].map((index) => choice.providers(index)[0]!.deviceId);
  };
  assert.deepEqual(await ids({}), [0, 0, 0, 0]);
  assert.deepEqual(await ids({ visibleDevices: "RR" }), [0, 1, 2, 3]);
  assert.deepEqual(await ids({ visibleDevices: "RR1,3" }), [1, 3, 1, 3]);
  assert.deepEqual(await ids({ visibleDevices: "RR", totalDevices: "2" }), [0, 1, 0, 1]);
  // `cuda:N` counts within what is visible, as in PyTorch.
  assert.deepEqual(await ids({ device: "cuda:2" }), [2, 2, 2, 2]);
  assert.deepEqual(await ids({ device: "cuda:1", visibleDevices: "3,2" }), [2, 2, 2, 2]);
});

Deno.test("a device number that is not there is told with those that are", async () => {
  const system = machine({ adapters: [H100, H100] });
  assert.match(
    (await refusal({ device: "cuda:2" }, system)).message,
    /the driver counts 2: use cuda:0 to cuda:1/,
  );
  assert.match(
    (await refusal({ device: "cuda:1", visibleDevices: "RR" }, system)).message,
    /shows 1 to a replica: use cuda:0/,
  );
  assert.match(
    (await refusal(
      { device: "cuda", visibleDevices: "RR", totalDevices: "3", replicas: 3 },
      system,
    ))
      .message,
    /CUDA_TOTAL_DEVICES gives executor 'clip_t' device 2, but the driver counts 2/,
  );
  assert.match((await refusal({ totalDevices: "two" }, system)).message, /whole number: got 'two'/);
});

Deno.test("cpu by name asks nothing of the machine", async () => {
  const system = { ...machine({}), listAdapters: () => assert.fail("asked for adapters") };
  const choice = await chooseDevice({ ...ASKED, device: "cpu" }, system);
  assert.equal(choice.device, "cpu");
  assert.deepEqual(choice.passedOver, []);
});
