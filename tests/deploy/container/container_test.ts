/**
 * What the exports say is run as it stands, without an engine: the image's own root, read-only, its
 * user without capabilities, networks that see nobody, and exactly the arguments, variables, files,
 * probes and stops of the manifests and of the Compose file.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Certificates } from "../../support/certificates.ts";
import { catalogEntry, writeHollowCheckpoint } from "../../support/hollow_checkpoint.ts";
import { Program } from "../../support/process.ts";
import { ROOT } from "../../docs/demo_program.ts";
import { fingerprint } from "../image.ts";
import { composeContainer, loadComposeFile, seconds } from "./compose_project.ts";
import { buildImageRoot, type ImageRoot, USER } from "./image_root.ts";
import { readPod } from "./kubernetes_pod.ts";
import { Container, type ContainerSpec, Pod } from "./pod.ts";
import { assertProbed, embeddingSize, untilProbed } from "./probes.ts";

const read = (path: string) => Deno.readTextFileSync(join(ROOT, path));
const MIRROR_PORT = 18_090;
/** Cases at one time: a pod is waited for more than it computes, and sees no other. */
const LANES = 2;

/** A folder with the image, for all tests of this file. */
class Workbench implements AsyncDisposable {
  readonly folder: string;
  readonly image: ImageRoot;
  #count = 0;

  private constructor(folder: string, image: ImageRoot) {
    this.folder = folder;
    this.image = image;
  }

  static async open(): Promise<Workbench> {
    const folder = await Deno.makeTempDir({ prefix: "clipline-container-" });
    // Its user goes through it to the image.
    await Deno.chmod(folder, 0o755);
    return new Workbench(folder, await buildImageRoot(folder));
  }

  /** An empty folder. */
  empty(): string {
    const path = join(this.folder, `work-${++this.#count}`);
    Deno.mkdirSync(path);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Runs `export`; it must succeed. */
async function exported(...args: string[]): Promise<void> {
  const program = new Program(["export", ...args]);
  assert.equal(await program.ended(), 0, program.stderr);
}

/** Runs what comes before the server, to its end. */
async function runToEnd(pod: Pod, image: ImageRoot, spec: ContainerSpec): Promise<Container> {
  const container = await pod.container(image, spec);
  assert.equal(await container.ended(), 0, `${spec.name}: ${container.stderr}`);
  return container;
}

/** That a container is nobody, can nothing, and writes nowhere but where it shall. */
function assertConfined(container: Container, writable: readonly string[]): void {
  if (Deno.uid() === 0) {
    assert.equal(container.status("Uid"), Array(4).fill(USER.id).join("\t"));
    assert.equal(container.status("Gid"), Array(4).fill(USER.id).join("\t"));
    assert.equal(container.status("Groups"), "");
    assert.match(container.status("CapBnd"), /^0+$/);
  }
  assert.match(container.status("CapEff"), /^0+$/);
  assert.equal(container.status("NoNewPrivs"), "1");
  const own = container.writable().filter((path) => !/^\/(proc|sys|dev)(\/|$)/.test(path));
  assert.deepEqual(own.sort(), [...writable].sort());
}

/** Sends SIGTERM as an engine does, and waits; the exit code is 0 within so many seconds. */
async function assertStops(container: Container, limitSeconds: number): Promise<void> {
  const began = performance.now();
  container.kill("SIGTERM");
  assert.equal(await container.ended(), 0, container.stderr);
  assert.ok((performance.now() - began) / 1000 < limitSeconds);
}

/** A flow as a pod of its manifests: prepared, served, probed, stopped. */
async function serveAsPod(
  bench: Workbench,
  flow: string,
  options: {
    args?: string[];
    before?: (pod: Pod) => Promise<AsyncDisposable>;
    check: (pod: Pod, server: Container) => Promise<void>;
  },
): Promise<void> {
  const { image } = bench;
  const manifests = bench.empty();
  await exported("kubernetes", flow, manifests, "--with-secrets", ...options.args ?? []);
  const plan = readPod(manifests, bench.empty());
  await using pod = await Pod.start();
  {
    await using _before = await options.before?.(pod);
    for (const spec of plan.prepare) await runToEnd(pod, image, spec);
  }
  const server = await pod.container(image, plan.server);
  const { startup, readiness, liveness } = plan.probes;
  await untilProbed(pod, server, startup);
  const writable = plan.server.mounts.filter((mount) => !("writable" in mount) || mount.writable);
  assertConfined(server, writable.map(({ path }) => path));
  await assertProbed(pod, server, readiness);
  await assertProbed(pod, server, liveness);
  assert.deepEqual(server.listening(), plan.ports.toSorted((a, b) => a - b));
  await options.check(pod, server);
  assert.match(server.stderr, /Converted model found/, "nothing is converted at the start");
  assert.doesNotMatch(server.stderr, /"level":"(WARNING|ERROR|CRITICAL)"/);
  const stopBegan = performance.now();
  if (plan.preStop !== undefined) {
    assert.equal((await server.exec(plan.preStop)).code, 0);
    await assertProbed(pod, server, liveness);
  }
  await assertStops(server, plan.graceSeconds - (performance.now() - stopBegan) / 1000);
}

/** The flow of the demonstration model over TLS. */
function tlsFlow(certificates: Certificates, protocols: readonly string[]): string {
  return JSON.stringify({
    jtype: "Flow",
    with: {
      protocol: protocols,
      port: [51000, 51001].slice(0, protocols.length),
      ssl_certfile: certificates.path("server.crt"),
      ssl_keyfile: certificates.path("server.key"),
      monitoring: true,
    },
    executors: [{
      name: "clip",
      uses: {
        jtype: "CLIPEncoder",
        with: { name: "demo", model_path: join(ROOT, "models/demo"), num_worker_preprocess: 1 },
        metas: { py_modules: ["clip_server.executors.clip_torch"] },
      },
    }],
  });
}

/** A probe of gRPC's own kind, whatever the manifests have. */
const GRPC = { grpc: { port: 51000 } };

type Case = (bench: Workbench) => Promise<void>;

const CASES: Readonly<Record<string, Case>> = {
  "demo-flow as a pod": async (bench) => {
    await serveAsPod(bench, "demo", {
      check: async (pod, server) => {
        assert.equal(await embeddingSize(pod, "http://127.0.0.1:51001"), 128);
        await assertProbed(pod, server, GRPC);
      },
    });
  },

  "search-flow as a pod: the index is in its volume": async (bench) => {
    await serveAsPod(bench, "search", {
      check: async (pod, server) => {
        assert.equal(await embeddingSize(pod, "http://127.0.0.1:51001"), 128);
        const { out } = await server.exec(["find", "/workspace", "-name", "index.sqlite"]);
        assert.match(out, /^\/workspace\/.*index\.sqlite\n$/);
      },
    });
  },

  "a flow with TLS as a pod: probed by https": async (bench) => {
    using certificates = new Certificates();
    certificates.selfSigned("server");
    const flow = join(bench.empty(), "tls-flow.yml");
    await Deno.writeTextFile(flow, tlsFlow(certificates, ["grpc", "http"]));
    await serveAsPod(bench, flow, {
      check: async (pod) => {
        assert.equal(await embeddingSize(pod, "https://127.0.0.1:51001"), 128);
      },
    });
  },

  "gRPC alone with TLS as a pod: probed by a command": async (bench) => {
    using certificates = new Certificates();
    certificates.selfSigned("server");
    const flow = join(bench.empty(), "tls-flow.yml");
    await Deno.writeTextFile(flow, tlsFlow(certificates, ["grpc"]));
    await serveAsPod(bench, flow, {
      check: async (_, server) => {
        const [word, ...args] = bench.image.health;
        const command = [word!, ...args, "grpcs://127.0.0.1:51000"];
        assert.equal((await server.exec(command)).code, 0);
      },
    });
  },

  "a flow of the torch runtime as a pod: weights from a mirror that is gone then": async (
    bench,
  ) => {
    const folder = bench.empty();
    const weights = join(folder, "weights.safetensors");
    writeHollowCheckpoint(weights, catalogEntry("RN50::openai").architecture);
    const flow = join(folder, "flow.yml");
    await Deno.writeTextFile(
      flow,
      read("flows/torch-flow.yml").replace("ViT-B-32::openai", "RN50::openai"),
    );
    await serveAsPod(bench, flow, {
      args: ["--env", `CLIPLINE_MIRROR=http://127.0.0.1:${MIRROR_PORT}`],
      before: async (pod) => await mirror(pod, weights),
      check: (pod, server) => assertProbed(pod, server, GRPC),
    });
  },

  "search-flow by its Compose file": async (bench) => {
    const { image } = bench;
    const folder = bench.empty();
    const file = join(folder, "docker-compose.yml");
    await exported("docker-compose", "search", file, "--network_name", "clip");
    const project = await loadComposeFile(file);
    const service = project.services.clipline!;
    assert.deepEqual(service.depends_on!.prepare!.condition, "service_completed_successfully");
    await using pod = await Pod.start();
    await runToEnd(pod, image, composeContainer(project, "prepare", folder));
    const server = await pod.container(image, composeContainer(project, "clipline", folder));
    const [kind, ...check] = service.healthcheck!.test!;
    assert.equal(kind, "CMD");
    await untilProbed(pod, server, { exec: { command: check } });
    assertConfined(server, ["/tmp", "/cache", "/workspace"]);
    const declared = [
      ...service.ports!.map(({ target }) => target),
      ...service.expose!.map(Number),
    ];
    assert.deepEqual(server.listening(), declared.sort((a, b) => a - b));
    assert.equal(await embeddingSize(pod, "http://127.0.0.1:51001"), 128);
    assert.ok(Deno.statSync(join(folder, "workspace", "indexer", "index.sqlite")).isFile);
    assert.match(server.stderr, /Converted model found/);
    await assertStops(server, seconds(service.stop_grace_period!));
  },
};

Deno.test("What the exports say is run as it stands", async (t) => {
  await using bench = await Workbench.open();
  const { image } = bench;
  const program = join(image.folder, image.workingDirectory);
  const before = fingerprint(program);
  const waiting = Object.entries(CASES);
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, work] = next;
      await t.step({
        name,
        fn: () => work(bench),
        // Steps beside each other cannot be told apart by these.
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  assert.equal(fingerprint(program), before, "the image is as it was");
});

/** A mirror in a pod's network, with the weights of RN50. */
async function mirror(pod: Pod, weights: string): Promise<AsyncDisposable> {
  const path = "/huggingface.co/timm/resnet50_clip.openai/resolve/main/open_clip_model.safetensors";
  const [program, ...words] = pod.inside(
    ...[Deno.execPath(), "run", "--no-check", "-A"],
    join(ROOT, "tests/deploy/container/mirror.ts"),
    ...[String(MIRROR_PORT), path, weights],
  );
  const server = new Program([], { program: program!, words });
  await server.printed(/listening/);
  return {
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      await server.ended();
    },
  };
}
