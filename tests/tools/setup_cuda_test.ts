import assert from "node:assert/strict";
import { missingLibraries } from "../../src/runtime/cuda_libraries.ts";
import { failureReason, report } from "../../tools/setup_cuda.ts";

const TOOL = new URL("../../tools/setup_cuda.ts", import.meta.url).pathname;
const linux = Deno.build.os === "linux" && Deno.build.arch === "x86_64";
const installed = linux && missingLibraries("tensorrt").provider.length === 0;

async function setUp(env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", TOOL],
    env: { NO_COLOR: "1", ...env },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test({
  name: "setup:cuda without the internet fails with one readable message",
  ignore: !linux || installed,
  async fn() {
    // Nobody listens on the discard port: the same as no way out, on every machine.
    const { code, stderr } = await setUp({ GLOBAL_AGENT_HTTPS_PROXY: "http://127.0.0.1:9" });
    assert.equal(code, 1);
    assert.equal(stderr.split("\n").length, 1, stderr);
    assert.match(stderr, /^Cannot install ONNX Runtime's CUDA libraries: connect ECONNREFUSED/);
    assert.match(stderr, /HTTPS_PROXY/);
    assert.match(stderr, /Microsoft\.ML\.OnnxRuntime\.Gpu\.Linux \d+\.\d+\.\d+ .*napi-v6/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  },
});

Deno.test({
  name: "setup:cuda takes HTTPS_PROXY for the install step's proxy",
  ignore: !linux || installed,
  async fn() {
    const { code, stderr } = await setUp({ HTTPS_PROXY: "http://127.0.0.1:9" });
    assert.equal(code, 1);
    assert.match(stderr, /connect ECONNREFUSED 127\.0\.0\.1:9/);
  },
});

Deno.test({
  name: "setup:cuda installs nothing where that is asked for, and still reports",
  ignore: !linux,
  async fn() {
    const { code, stdout } = await setUp({ ONNXRUNTIME_NODE_INSTALL: "skip" });
    assert.equal(code, 0);
    assert.match(stdout, /^Nothing is installed, as ONNXRUNTIME_NODE_INSTALL is 'skip'$/m);
    for (const part of ["NVIDIA driver", "CUDA runtime", "cuDNN", "TensorRT"]) {
      assert.ok(stdout.includes(part), `${part} in ${stdout}`);
    }
  },
});

Deno.test("report() says what is found, what is too old and what is missing", () => {
  const lines = report({
    driver: "470.82.01",
    driverCuda: "11.4",
    devices: ["NVIDIA A10", "NVIDIA A10"],
    runtime: "12.4",
    cudnn: undefined,
    tensorrt: undefined,
  }, { provider: [], system: ["libcudnn.so.9"] });
  assert.match(lines[0]!, /470\.82\.01, too old: CUDA 12 needs 525 or later/);
  assert.match(lines[2]!, /NVIDIA A10, NVIDIA A10/);
  assert.match(lines[3]!, /12\.4$/);
  assert.match(lines[4]!, /not found \(cuDNN 9 is needed\)/);
  assert.match(lines.at(-1)!, /missing +libcudnn\.so\.9/);
});

Deno.test("failureReason() finds the one line that matters", () => {
  const trace =
    "\x1b[31merror\x1b[0m: Uncaught (in promise) Error: getaddrinfo ENOTFOUND x\n    at y";
  assert.equal(failureReason(trace), "getaddrinfo ENOTFOUND x");
  assert.equal(failureReason("TypeError: broken\n at z"), "broken");
  assert.equal(failureReason("odd\nlast line\n"), "last line");
});
