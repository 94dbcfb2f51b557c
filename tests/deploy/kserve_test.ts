/** What is given to KServe; tests/deploy/container runs it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { loadFlow } from "../../src/flow/load.ts";
import { VERSION } from "../../src/version.ts";
import { ROOT } from "../docs/demo_program.ts";
import { assertValid, type Manifest } from "./manifests/checked.ts";

const FOLDER = join(ROOT, "deploy/kserve");
/** What a pod has if nobody says otherwise; KServe's runtimes cannot. */
const POD_SECONDS = 30;

interface Runtime extends Manifest {
  spec: {
    supportedModelFormats: { name: string }[];
    protocolVersions: string[];
    containers: [RuntimeContainer];
    volumes: { name: string; configMap?: { name: string } }[];
  };
}

interface RuntimeContainer {
  name: string;
  image: string;
  env: { name: string; value: string }[];
  ports: [{ containerPort: number; name: string }];
  readinessProbe: { httpGet?: { port: number }; grpc?: { port: number } };
  livenessProbe?: unknown;
}

interface Service extends Manifest {
  spec: {
    predictor: {
      model: { modelFormat: { name: string }; protocolVersion: string; runtime: string };
    };
  };
}

function read<T extends Manifest>(name: string): T {
  return parse(Deno.readTextFileSync(join(FOLDER, `${name}.yaml`)));
}

const flow = read<Manifest & { data: { "flow.yml": string } }>("flow");
const runtimes = ["serving-runtime", "serving-runtime-grpc"].map((name) => read<Runtime>(name));
const services = ["inference-service", "inference-service-grpc"].map((name) => read<Service>(name));

Deno.test("KServe and Kubernetes take the manifests", async () => {
  await assertValid(new Map([["deploy/kserve", [flow, ...runtimes, ...services]]]));
  const files = [...Deno.readDirSync(FOLDER)].filter(({ name }) => name.endsWith(".yaml"));
  assert.equal(files.length, 5);
});

Deno.test("each InferenceService finds its runtime, and that the flow", () => {
  for (const [index, { spec: { predictor: { model } } }] of services.entries()) {
    const runtime = runtimes[index]!;
    assert.equal(model.runtime, runtime.metadata.name);
    assert.ok(runtime.spec.protocolVersions.includes(model.protocolVersion));
    assert.ok(
      runtime.spec.supportedModelFormats.some(({ name }) => name === model.modelFormat.name),
    );
    assert.equal(runtime.spec.volumes[0]!.configMap!.name, flow.metadata.name);
  }
});

Deno.test("the runtimes differ in nothing but ports and probes, and open what the flow opens", () => {
  const [http, grpc] = runtimes.map(({ spec: { containers: [container] } }) => container);
  const { ports, readinessProbe, livenessProbe: _, ...same } = http!;
  const { ports: grpcPorts, readinessProbe: grpcProbe, ...others } = grpc!;
  assert.deepEqual(same, others);
  assert.deepEqual(runtimes[0]!.spec.volumes, runtimes[1]!.spec.volumes);
  assert.equal(same.image, `clipline:${VERSION}`);
  const text = flow.data["flow.yml"];
  const { gateway } = loadFlow({ text, name: "flow.yml" }, { MODEL_NAME: "clip" }, {
    elsewhere: true,
  });
  const opened = Object.fromEntries(
    gateway.listeners.map(({ protocol, port }) => [protocol, port]),
  );
  assert.deepEqual(opened, {
    http: ports[0].containerPort,
    grpc: grpcPorts[0].containerPort,
  });
  assert.equal(readinessProbe.httpGet!.port, opened.http);
  assert.equal(grpcProbe.grpc!.port, opened.grpc);
  const seconds = same.env.filter(({ name }) => name.startsWith("SHUTDOWN_"))
    .map(({ value }) => Number(value));
  assert.ok(seconds[0]! + seconds[1]! < POD_SECONDS);
});
