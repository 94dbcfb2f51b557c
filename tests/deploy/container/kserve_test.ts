/** KServe's runtimes are run as the pods that KServe makes of them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { ROOT } from "../../docs/demo_program.ts";
import { buildImageRoot, type ImageRoot } from "./image_root.ts";
import type { Probe } from "./kubernetes_pod.ts";
import { type ContainerSpec, Pod } from "./pod.ts";
import { probe, untilProbed } from "./probes.ts";

const FOLDER = join(ROOT, "deploy/kserve");
const ASK = fileURLToPath(new URL("./ask_inference.ts", import.meta.url));
/** Where KServe's storage initializer puts what `storageUri` names; only to be read. */
const MODELS = "/mnt/models";

interface RuntimeContainer {
  name: string;
  args: string[];
  env: { name: string; value: string }[];
  volumeMounts: { name: string; mountPath: string }[];
  readinessProbe: Probe;
  livenessProbe?: Probe;
}

function read(name: string) {
  return parse(Deno.readTextFileSync(join(FOLDER, `${name}.yaml`)));
}

Deno.test("KServe's runtimes serve a model by the name of its service", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-kserve-" });
  try {
    // The container's user goes through it to the image.
    await Deno.chmod(folder, 0o755);
    const image = await buildImageRoot(folder);
    for (const protocol of ["http", "grpc"] as const) {
      await t.step(`over ${protocol}`, () => serve(image, protocol, join(folder, protocol)));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** With the demo model: it gets ready as its probe asks, infers, and stops. */
async function serve(image: ImageRoot, protocol: "http" | "grpc", flow: string): Promise<void> {
  const ending = protocol === "grpc" ? "-grpc" : "";
  const [container] = read(`serving-runtime${ending}`).spec.containers as [RuntimeContainer];
  const { name } = read(`inference-service${ending}`).metadata as { name: string };
  Deno.mkdirSync(flow);
  for (const [key, text] of Object.entries<string>(read("flow").data)) {
    Deno.writeTextFileSync(join(flow, key), text);
  }
  await using pod = await Pod.start();
  const server = await pod.container(image, specOf(container, name, flow));
  await untilProbed(pod, server, container.readinessProbe);
  if (container.livenessProbe !== undefined) {
    assert.ok(await probe(pod, server, container.livenessProbe), "live");
  }
  const words = [Deno.execPath(), "run", "--no-check", "--no-prompt", "-A", ASK];
  const { code, out } = await pod.run(...words, protocol, name);
  assert.equal(code, 0, out);
  assert.deepEqual(JSON.parse(out), { ready: true, model: name, shape: [1, 128] });
  server.kill("SIGTERM");
  assert.equal(await server.ended(), 0, server.stderr);
}

function specOf(container: RuntimeContainer, service: string, flow: string): ContainerSpec {
  return {
    name: container.name,
    args: container.args,
    // KServe writes the service's name in place of it (ReplacePlaceholders).
    env: Object.fromEntries(
      container.env.map(({ name, value }) => [name, value.replace("{{.Name}}", service)]),
    ),
    mounts: [
      ...container.volumeMounts.map(({ name, mountPath }) =>
        name === "flow"
          ? { source: flow, path: mountPath, writable: false }
          : { tmpfs: "mode=1777", path: mountPath }
      ),
      { source: join(ROOT, "models/demo"), path: MODELS, writable: false },
    ],
  };
}
