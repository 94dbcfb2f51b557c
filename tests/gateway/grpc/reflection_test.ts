import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createFileRegistry, type DescField, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import protobuf from "protobufjs";
import { Descriptors } from "../../../src/gateway/grpc/descriptors.ts";
import { status } from "../../../src/gateway/grpc/status.ts";
import { openGateways } from "../../support/gateways.ts";
import { CallClient } from "../../support/open_call.ts";
import { untilSo } from "../../support/until.ts";

const PROTO = new URL("../../../proto/", import.meta.url);
const OURS = ["jina.proto", "docarray.proto", "health.proto", "inference.proto"];

Deno.test("descriptors.binpb is what stands in the protocol files", () => {
  const set = fromBinary(
    FileDescriptorSetSchema,
    Deno.readFileSync(new URL("descriptors.binpb", PROTO)),
  );
  const registry = createFileRegistry(set);
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => fileURLToPath(new URL(target, PROTO));
  root.loadSync(OURS, { keepCase: true }).resolveAll();
  const described: string[] = [];
  for (const name of OURS) {
    const file = registry.getFile(name)!;
    for (const { typeName, fields } of file.messages) {
      for (const field of fields) described.push(`${typeName}.${field.name}=${numberOf(field)}`);
    }
    for (const { typeName, methods } of file.services) {
      for (const { name, input, output, methodKind } of methods) {
        described.push(`${typeName}/${name}(${input.typeName})${output.typeName} ${methodKind}`);
      }
    }
  }
  assert.deepEqual(described.sort(), written(root).sort());
});

function numberOf({ number, fieldKind }: DescField): string {
  return `${number}${fieldKind === "list" ? "*" : ""}`;
}

function written(parent: protobuf.NamespaceBase): string[] {
  return parent.nestedArray.flatMap((item) => {
    const name = item.fullName.slice(1);
    if (name.startsWith("google.")) return [];
    if (item instanceof protobuf.Service) {
      return item.methodsArray.map((method) => {
        const kind = `${method.requestStream ? "client" : ""}${
          method.responseStream ? "server" : ""
        }`;
        return `${name}/${method.name}(${method.resolvedRequestType!.fullName.slice(1)})` +
          `${method.resolvedResponseType!.fullName.slice(1)} ${KINDS[kind]}`;
      });
    }
    // Those inside of others are not listed: they are few.
    if (item instanceof protobuf.Type) {
      return item.fieldsArray.map((field) =>
        `${name}.${field.name}=${field.id}${field.repeated ? "*" : ""}`
      );
    }
    return item instanceof protobuf.Namespace ? written(item) : [];
  });
}

const KINDS: Record<string, string> = {
  "": "unary",
  server: "server_streaming",
  clientserver: "bidi_streaming",
};

Deno.test("A file is told with all that it imports, and by whatever stands in it", () => {
  const descriptors = new Descriptors(["jina.proto"]);
  const whole = descriptors.fileNamed("jina.proto")!;
  assert.ok(whole.length >= 5, "and docarray's and Google's");
  for (
    const symbol of [
      "jina.JinaRPC",
      "jina.JinaRPC.Call",
      "jina.StatusProto.StatusCode",
      "jina.HeaderProto.request_id",
      "jina.DataRequestProto.DataContentProto.documents",
    ]
  ) assert.deepEqual(descriptors.fileOf(symbol), whole, symbol);
  for (const symbol of ["", ".", "jina", "jina.JinaRPC.Nothing", "Nothing", "jina.JinaRPC."]) {
    assert.equal(descriptors.fileOf(symbol), undefined, symbol);
  }
  assert.equal(descriptors.fileNamed("nothing.proto"), undefined);
});

Deno.test("A client that asks nothing more does not hold up the server's end", async () => {
  await using gateways = await openGateways();
  using client = new CallClient(gateways.url("grpc"));
  const call = client.open("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo").take();
  // `list_services`, in its frame.
  call.stream.write(Uint8Array.of(0, 0, 0, 0, 2, 58, 0));
  await untilSo(() => call.answered.length > 0);
  const stopped = gateways.stop();
  assert.equal((await call.ended).status, status.UNAVAILABLE);
  call.stream.end();
  client.session.close();
  await stopped;
});
