import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { status } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { plainBytes } from "../../../src/encoding/protobuf_reader.ts";
import { openGateways, type TestGateways } from "../../support/gateways.ts";
import { GrpcClient, statusOf } from "../../support/grpc_client.ts";
import { joinElements, joinTexts, rowsOf, utf8 } from "./tensors.ts";

const PROTO = fileURLToPath(new URL("../../../proto/inference.proto", import.meta.url));
const root = new protobuf.Root().loadSync(PROTO, { keepCase: true });
const SERVICE = root.lookupService("inference.GRPCInferenceService");

// deno-lint-ignore no-explicit-any -- messages as the proto file has them
type Message = Record<string, any>;

/** A client made from the proto file. */
class InferenceClient {
  readonly #client: GrpcClient;

  constructor(gateways: TestGateways) {
    this.#client = new GrpcClient(gateways.url("grpc"));
  }

  async call(method: string, request: Message = {}): Promise<Message> {
    const { requestType, responseType } = SERVICE.methods[method]!;
    const path = `/inference.GRPCInferenceService/${method}`;
    const answer = await this.#client.unary(path, write(requestType, request));
    return read(responseType, answer);
  }

  /** Answers to requests of one stream. */
  async stream(requests: readonly Message[]): Promise<Message[]> {
    const stream = this.#client.streamOf("/inference.GRPCInferenceService/ModelStreamInfer");
    const answers: Message[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      stream.on("data", (bytes) => answers.push(read("ModelStreamInferResponse", bytes)));
      stream.on("error", reject);
      stream.on("end", resolve);
    });
    for (const request of requests) stream.write(write("ModelInferRequest", request));
    stream.end();
    await ended;
    return answers;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function write(type: string, message: Message): Uint8Array {
  const codec = root.lookupType(`inference.${type}`);
  return codec.encode(codec.fromObject(message)).finish();
}

function read(type: string, bytes: Uint8Array): Message {
  const codec = root.lookupType(`inference.${type}`);
  return codec.toObject(codec.decode(plainBytes(bytes)), { longs: Number, enums: String });
}

const unit = (length: number) => {
  const row = [length, 1, 2, 3];
  return row.map((value) => Math.fround(value / Math.hypot(...row)));
};

const texts = (values: readonly string[], more: Message = {}): Message => ({
  model_name: "clip_t",
  inputs: [{ name: "TEXT", datatype: "BYTES", shape: [values.length] }],
  raw_input_contents: [joinTexts(values)],
  ...more,
});

const rows = ({ raw_output_contents: [raw] }: Message) => rowsOf(plainBytes(raw), 4);

Deno.test("gRPC: the server and its models are told of", async () => {
  await using gateways = await openGateways();
  using client = new InferenceClient(gateways);
  assert.deepEqual(await client.call("ServerLive"), { live: true });
  assert.deepEqual(await client.call("ServerReady"), { ready: true });
  const ready = (name: string, version = "") => client.call("ModelReady", { name, version });
  assert.deepEqual(await ready("clip_t"), { ready: true });
  assert.deepEqual(await ready("clip_t", "1"), { ready: true });
  assert.deepEqual(await ready("clip_t", "2"), {});
  assert.deepEqual(await ready("nope"), {}, "a model that is not there is no error here");
  const server = await client.call("ServerMetadata");
  assert.equal(server["name"], "clipline");
  assert.ok(server["extensions"].includes("statistics"));
  assert.deepEqual(await client.call("ModelMetadata", { name: "clip_t" }), {
    name: "clip_t",
    versions: ["1"],
    platform: "onnxruntime_onnx",
    inputs: [
      { name: "TEXT", datatype: "BYTES", shape: [-1] },
      { name: "IMAGE", datatype: "BYTES", shape: [-1] },
      { name: "PIXELS", datatype: "UINT8", shape: [-1, -1, -1, 3] },
    ],
    outputs: [{ name: "EMBEDDING", datatype: "FP32", shape: [-1, 4] }],
  });
  const { config } = await client.call("ModelConfig", { name: "clip_t" });
  assert.deepEqual(config, {
    name: "clip_t",
    platform: "onnxruntime_onnx",
    backend: "onnxruntime",
    input: [
      { name: "TEXT", data_type: "TYPE_STRING", dims: [-1], optional: true },
      { name: "IMAGE", data_type: "TYPE_STRING", dims: [-1], optional: true },
      { name: "PIXELS", data_type: "TYPE_UINT8", dims: [-1, -1, -1, 3], optional: true },
    ],
    output: [{ name: "EMBEDDING", data_type: "TYPE_FP32", dims: [-1, 4] }],
  });
  const { models: [model] } = await client.call("RepositoryIndex");
  assert.deepEqual([model.version, model.state], ["1", "READY"]);
  gateways.encoder.ready = false;
  assert.deepEqual(await client.call("ServerReady"), {});
  assert.deepEqual(await ready("clip_t"), {});
  const { models: [waiting] } = await client.call("RepositoryIndex");
  assert.deepEqual([waiting.state, waiting.reason], ["UNAVAILABLE", "No replica is ready"]);
  assert.deepEqual(await client.call("RepositoryIndex", { ready: true }), {});
});

Deno.test("gRPC: raw and typed contents in, raw contents out", async () => {
  await using gateways = await openGateways();
  using client = new InferenceClient(gateways);
  const infer = (request: Message) => client.call("ModelInfer", request);
  const raw = await infer(texts(["hello", "hi"], { id: "a1", model_version: "1" }));
  assert.deepEqual(rows(raw), [unit(5), unit(2)]);
  delete raw["raw_output_contents"];
  assert.deepEqual(raw, {
    model_name: "clip_t",
    model_version: "1",
    id: "a1",
    outputs: [{ name: "EMBEDDING", datatype: "FP32", shape: [2, 4] }],
  });
  const typed = (name: string, datatype: string, shape: number[], contents: Message): Message => ({
    model_name: "clip_t",
    inputs: [{ name, datatype, shape, contents }],
  });
  const bytes_contents = [utf8("hello"), utf8("hi")];
  assert.deepEqual(rows(await infer(typed("TEXT", "BYTES", [2, 1], { bytes_contents }))), [
    unit(5),
    unit(2),
  ]);
  const uint_contents = Array(12).fill(200);
  assert.deepEqual(
    rows(await infer(typed("PIXELS", "UINT8", [1, 2, 2, 3], { uint_contents }))),
    [unit(12)],
  );
  const asModelGivesIt = { parameters: { normalize: { bool_param: false } } };
  assert.deepEqual(rows(await infer(texts(["hello"], asModelGivesIt))), [[5, 1, 2, 3]]);
});

Deno.test("gRPC: what is wrong has the status of its kind", async () => {
  await using gateways = await openGateways();
  using client = new InferenceClient(gateways);
  const refused = async (code: number, details: RegExp, method: string, request: Message) => {
    const error = await statusOf(client.call(method, request));
    assert.equal(error.code, code, error.details);
    assert.match(error.details, details);
  };
  const { INVALID_ARGUMENT, NOT_FOUND } = status;
  const infer = (code: number, details: RegExp, more: Message) =>
    refused(code, details, "ModelInfer", texts(["a"], more));
  await infer(NOT_FOUND, /No executor runs 'nope'/, { model_name: "nope" });
  await infer(NOT_FOUND, /has no version '7'/, { model_version: "7" });
  await infer(INVALID_ARGUMENT, /no input 'X'/, { inputs: [{ name: "X" }] });
  await infer(INVALID_ARGUMENT, /There is no output 'X'/, { outputs: [{ name: "X" }] });
  await infer(INVALID_ARGUMENT, /'normalize' is true or false/, {
    parameters: { normalize: { string_param: "no" } },
  });
  await infer(INVALID_ARGUMENT, /cannot be given in one request/, {
    inputs: [{ name: "TEXT", datatype: "BYTES", shape: [1], contents: {} }],
  });
  await infer(INVALID_ARGUMENT, /^IMAGE\[1\]: cannot identify/, {
    inputs: [{ name: "IMAGE", datatype: "BYTES", shape: [2] }],
    raw_input_contents: [joinElements([utf8("long enough"), utf8("short")])],
  });
  for (const method of ["ModelMetadata", "ModelConfig", "ModelStatistics"]) {
    await refused(NOT_FOUND, /'nope'/, method, { name: "nope" });
  }
  for (
    const [method, reason] of [
      ["RepositoryModelLoad", /neither loaded nor unloaded/],
      ["RepositoryModelUnload", /neither loaded nor unloaded/],
      ["SystemSharedMemoryStatus", /Shared memory is not served/],
      ["SystemSharedMemoryRegister", /Shared memory is not served/],
      ["SystemSharedMemoryUnregister", /Shared memory is not served/],
      ["CudaSharedMemoryStatus", /Shared memory is not served/],
      ["CudaSharedMemoryRegister", /Shared memory is not served/],
      ["CudaSharedMemoryUnregister", /Shared memory is not served/],
      ["TraceSetting", /Traces are not served/],
      ["LogSettings", /The log is not set here/],
    ] as const
  ) {
    await refused(INVALID_ARGUMENT, reason, method, {});
  }
});

Deno.test("gRPC: a stream answers in order, tells of what fails and goes on", async () => {
  await using gateways = await openGateways();
  using client = new InferenceClient(gateways);
  const answers = await client.stream([
    texts(["hello"], { id: "1" }),
    texts(["hello"], { id: "2", model_name: "nope" }),
    texts(["hello"], { id: "3", raw_input_contents: [] }),
    texts(["hi"], { id: "4" }),
  ]);
  assert.deepEqual(answers.map(({ infer_response }) => infer_response.id), ["1", "2", "3", "4"]);
  assert.match(answers[1]!["error_message"], /'nope'/);
  assert.match(answers[2]!["error_message"], /0 elements in 'bytes_contents'/);
  assert.deepEqual(rows(answers[0]!["infer_response"]), [unit(5)]);
  assert.deepEqual(rows(answers[3]!["infer_response"]), [unit(2)]);
});

Deno.test("gRPC: requests are counted, whichever protocol they came by", async () => {
  await using gateways = await openGateways({ protocol: "[grpc, http]" });
  using client = new InferenceClient(gateways);
  await client.call("ModelInfer", texts(["hello", "hi"]));
  await client.stream([texts(["hello"]), texts(["hello"])]);
  await statusOf(client.call("ModelInfer", texts(["hello"], { outputs: [{ name: "X" }] })));
  const { model_stats: [all] } = await client.call("ModelStatistics");
  assert.equal(all.inference_count, 4);
  assert.equal(all.inference_stats.success.count, 3);
  assert.deepEqual(all.inference_stats.fail, {});
  const { model_stats: [one] } = await client.call("ModelStatistics", { name: "clip_t" });
  assert.equal(one.name, "clip_t");
  const told = await fetch(`${gateways.url("http")}/v2/models/clip_t/stats`);
  assert.equal((await told.json()).model_stats[0].inference_count, 4);
});

Deno.test("gRPC: without Jina's dialect the older reflection lists this one's service", async () => {
  await using gateways = await openGateways({ gateway: ["apis: [oip]"] });
  const client = new GrpcClient(gateways.url("grpc"));
  const listing = new Promise<string>((resolve, reject) => {
    const stream = client.streamOf(
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    );
    stream.on("data", (bytes) => (resolve(new TextDecoder().decode(bytes)), stream.end()));
    stream.on("error", reject);
    stream.write(Uint8Array.of(58, 1, 42));
  });
  assert.match(await listing, /inference\.GRPCInferenceService/);
  client.close();
});
