import assert from "node:assert/strict";
import { loadSync } from "@grpc/proto-loader";
import { loadPackageDefinition, status } from "@grpc/grpc-js";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeMessage } from "../../../src/encoding/protobuf_writer.ts";
import { openGateways } from "../../support/gateways.ts";
import { GrpcClient, statusOf } from "../../support/grpc_client.ts";

const PROTO = fileURLToPath(new URL("../../../proto/", import.meta.url));
const CHECK = "/grpc.health.v1.Health/Check";
const SERVING = Uint8Array.of(8, 1);
const NOT_SERVING = Uint8Array.of(8, 2);
const SERVICE_UNKNOWN = Uint8Array.of(8, 3);

const SERVICES = [
  "jina.JinaRPC",
  "jina.JinaSingleDataRequestRPC",
  "jina.JinaDataRequestRPC",
  "jina.JinaGatewayDryRunRPC",
  "jina.JinaSingleDocumentRequestRPC",
  "jina.JinaDiscoverEndpointsRPC",
  "jina.JinaInfoRPC",
  "jina.JinaControlRequestRPC",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  "inference.GRPCInferenceService",
];

/** Jina's gateways before 3.19 ask by v1alpha, and fail at these names. */
const UNLISTED = [
  "jina.JinaControlRequestRPC",
  "jina.JinaSingleDocumentRequestRPC",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "inference.GRPCInferenceService",
];

const about = (service: string) => encodeMessage((sink) => sink.string(10, service));

Deno.test("Health knows the server as a whole and each service, and says NOT_FOUND of others", async () => {
  await using gateways = await openGateways();
  const client = new GrpcClient(gateways.url("grpc"));
  assert.deepEqual(await client.unary(CHECK), SERVING);
  for (const service of SERVICES) {
    assert.deepEqual(await client.unary(CHECK, about(service)), SERVING);
  }
  const unknown = await statusOf(client.unary(CHECK, about("jina.Nothing")));
  assert.equal(unknown.code, status.NOT_FOUND);
  client.close();
});

Deno.test("Health follows the server's life and its replicas", async () => {
  await using gateways = await openGateways();
  const client = new GrpcClient(gateways.url("grpc"));
  gateways.lifecycle.enter("starting");
  assert.deepEqual(await client.unary(CHECK), NOT_SERVING);
  gateways.lifecycle.enter("serving");
  assert.deepEqual(await client.unary(CHECK), SERVING);
  gateways.encoder.ready = false;
  assert.deepEqual(await client.unary(CHECK), NOT_SERVING);
  client.close();
});

Deno.test("Watch tells each change, and ends when the server stops", async () => {
  await using gateways = await openGateways();
  gateways.lifecycle.enter("starting");
  const client = new GrpcClient(gateways.url("grpc"));
  const told: Uint8Array[] = [];
  let came = () => {};
  const watch = client.serverStream("/grpc.health.v1.Health/Watch", about("jina.JinaRPC"));
  watch.on("data", (bytes) => (told.push(bytes), came()));
  const ended = statusOf(new Promise((_, reject) => watch.on("error", reject)));
  const next = async (count: number) => {
    while (told.length < count) await new Promise<void>((resolve) => came = resolve);
    return told.at(-1);
  };
  assert.deepEqual(await next(1), NOT_SERVING);
  gateways.lifecycle.enter("serving");
  assert.deepEqual(await next(2), SERVING);
  gateways.encoder.ready = false;
  assert.deepEqual(await next(3), NOT_SERVING);
  gateways.encoder.ready = true;
  assert.deepEqual(await next(4), SERVING);
  const stopped = gateways.stop();
  assert.deepEqual(await next(5), NOT_SERVING);
  assert.equal((await ended).code, status.UNAVAILABLE);
  await stopped;
  client.close();
});

Deno.test("Watch of an unknown service says SERVICE_UNKNOWN and goes on", async () => {
  await using gateways = await openGateways();
  const client = new GrpcClient(gateways.url("grpc"));
  const watch = client.serverStream("/grpc.health.v1.Health/Watch", about("nobody"));
  watch.on("error", () => {});
  const first = await new Promise((resolve) => watch.once("data", resolve));
  assert.deepEqual(first, SERVICE_UNKNOWN);
  watch.cancel();
  client.close();
});

for (const version of ["v1", "v1alpha"]) {
  Deno.test(`Reflection ${version} lists the services and gives their files`, async () => {
    await using gateways = await openGateways();
    const path = join(PROTO, `grpc/reflection/${version}/reflection.proto`);
    // deno-lint-ignore no-explicit-any -- made at run time from a file
    const loaded = loadPackageDefinition(loadSync(path)) as any;
    const { ServerReflection } = loaded.grpc.reflection[version];
    const raw = new GrpcClient(gateways.url("grpc")).raw;
    const client = new ServerReflection(
      raw.getChannel().getTarget().replace("dns:", ""),
      undefined,
      {
        channelOverride: raw.getChannel(),
      },
    );
    const ask = (question: Record<string, string>) =>
      // deno-lint-ignore no-explicit-any -- the same
      new Promise<any>((resolve, reject) => {
        const stream = client.ServerReflectionInfo();
        stream.on("data", (answer: unknown) => (resolve(answer), stream.end()));
        stream.on("error", reject);
        stream.write(question);
      });
    const { listServicesResponse } = await ask({ listServices: "*" });
    const names = listServicesResponse.service.map(({ name }: { name: string }) => name);
    const unlisted = version === "v1" ? [] : UNLISTED;
    assert.deepEqual(names.sort(), SERVICES.filter((name) => !unlisted.includes(name)).sort());
    for (const name of UNLISTED) {
      const { fileDescriptorResponse } = await ask({ fileContainingSymbol: name });
      assert.ok(fileDescriptorResponse, `${name} is not listed, but told of`);
    }
    const { fileDescriptorResponse } = await ask({ fileContainingSymbol: "jina.JinaRPC" });
    const files = fileDescriptorResponse.fileDescriptorProto.map((bytes: Uint8Array) =>
      new TextDecoder().decode(bytes)
    );
    assert.ok(files.some((file: string) => file.includes("DataRequestProto")));
    assert.ok(files.some((file: string) => file.includes("NdArrayProto")), "and what it imports");
    raw.close();
  });
}
