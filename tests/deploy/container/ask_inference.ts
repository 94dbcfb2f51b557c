/**
 * Asks a model over the Open Inference Protocol, from within a pod's network, and prints as JSON what
 * it heard.
 *
 *     deno run ask_inference.ts http|grpc MODEL
 */
import { credentials, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { fileURLToPath } from "node:url";

const PROTO = fileURLToPath(new URL("../../../proto/inference.proto", import.meta.url));
/** KServe's ports. */
const HTTP = "http://127.0.0.1:8080/v2";
const GRPC = "127.0.0.1:9000";
const TEXT = "a red circle";

interface Heard {
  ready: boolean;
  model: string;
  shape: number[];
}

async function overHttp(model: string): Promise<Heard> {
  const ready = await fetch(`${HTTP}/models/${model}/ready`);
  await ready.body?.cancel();
  const response = await fetch(`${HTTP}/models/${model}/infer`, {
    method: "POST",
    body: JSON.stringify({
      inputs: [{ name: "TEXT", shape: [1], datatype: "BYTES", data: [TEXT] }],
    }),
  });
  const { model_name, outputs: [output] } = await response.json();
  return { ready: ready.ok, model: model_name, shape: output.shape };
}

async function overGrpc(model: string): Promise<Heard> {
  // deno-lint-ignore no-explicit-any -- grpc-js makes the client out of the .proto
  const { inference } = loadPackageDefinition(loadSync(PROTO, { keepCase: true })) as any;
  const client = new inference.GRPCInferenceService(GRPC, credentials.createInsecure());
  // deno-lint-ignore no-explicit-any -- the same
  const call = (method: string, request: object): Promise<any> =>
    new Promise((resolve, reject) =>
      client[method](
        request,
        (error: unknown, answer: unknown) => error ? reject(error) : resolve(answer),
      )
    );
  const { ready } = await call("ModelReady", { name: model });
  const { model_name, outputs: [output] } = await call("ModelInfer", {
    model_name: model,
    inputs: [{
      name: "TEXT",
      shape: [1],
      datatype: "BYTES",
      contents: { bytes_contents: [new TextEncoder().encode(TEXT)] },
    }],
  });
  client.close();
  return { ready, model: model_name, shape: output.shape.map(Number) };
}

const [protocol, model] = Deno.args as ["http" | "grpc", string];
const heard = await (protocol === "grpc" ? overGrpc : overHttp)(model);
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(heard)}\n`));
