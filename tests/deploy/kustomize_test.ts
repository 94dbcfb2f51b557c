/** The base for Kustomize, and the overlay that shows how it is used. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { runCommand } from "../../src/cli/run_command.ts";
import { loadFlow } from "../../src/flow/load.ts";
import { silentProgress } from "../../src/model/store/progress.ts";
import { ROOT } from "../docs/demo_program.ts";
import { goProgram } from "../support/go_program.ts";
import { assertValid, type Manifest } from "./manifests/checked.ts";

const KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.2";
const FOLDER = join(ROOT, "deploy/kustomize");
const BASE = join(FOLDER, "base");
const OVERLAY = join(FOLDER, "overlays/example");
/** In a folder of ours, what is Kustomize's. */
const OWN_FILE = "kustomization.yaml";

/** `kustomize build`. */
async function build(folder: string): Promise<Manifest[]> {
  const { success, stdout, stderr } = await new Deno.Command(await goProgram(KUSTOMIZE), {
    args: ["build", folder],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return parseAllDocuments(new TextDecoder().decode(stdout)).map((document) => document.toJS());
}

/** The files below a folder but Kustomize's own, by their paths. */
function filesBelow(folder: string, below = ""): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(join(folder, below))) {
    const path = join(below, name);
    if (isDirectory) { for (const [file, text] of filesBelow(folder, path)) files.set(file, text); }
    else if (name !== OWN_FILE) files.set(path, Deno.readTextFileSync(join(folder, path)));
  }
  return files;
}

/** Objects in the order of their kinds and names. */
function sorted(objects: readonly Manifest[]): Manifest[] {
  const key = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
  return objects.toSorted((a, b) => key(a) < key(b) ? -1 : 1);
}

Deno.test("the base is what the exporter makes of torch-flow.yml", async () => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-base-" });
  try {
    const quiet = { out: () => {}, err: () => {}, env: () => undefined, progress: silentProgress };
    assert.equal(await runCommand("export", ["kubernetes", "torch-flow.yml", folder], quiet), 0);
    const [exported, base] = [filesBelow(folder), filesBelow(BASE)];
    assert.deepEqual(
      [...base].sort(),
      [...exported].sort(),
      "deno run -A main.ts export kubernetes torch-flow.yml deploy/kustomize/base",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("kustomize builds of the base all objects but the operator's, as they are", async () => {
  const files = [...filesBelow(BASE)].filter(([path]) => !path.includes("/"));
  const objects = await build(BASE);
  assert.deepEqual(sorted(objects), sorted(files.map(([, text]) => parse(text))));
  await assertValid(new Map([["base", objects]]));
});

Deno.test("the overlay brings a flow and sizes of its own, and Kubernetes takes it", async () => {
  const objects = await build(OVERLAY);
  await assertValid(new Map([["overlay", objects]]));
  const text = JSON.stringify(objects);
  assert.ok(text.includes('"image":"registry.example/clipline:0.1.0"'));
  assert.ok(objects.some(({ kind }) => kind === "ServiceMonitor"));
  const flows = objects.filter(({ kind }) => kind === "ConfigMap");
  assert.deepEqual(flows.map(({ metadata }) => metadata.name.replace(/-[a-z0-9]+$/, "")), [
    "own-flow",
  ]);
  assert.ok(text.includes(`"configMap":{"name":"${flows[0]!.metadata.name}"}`), "it is mounted");
  // It has the ports of the base, whose probes and Services are used.
  const { gateway } = loadFlow({ path: join(OVERLAY, "flow.yml") }, {});
  assert.deepEqual(gateway.listeners.map(({ port }) => port), [51000]);
  assert.ok(gateway.monitoring);
});
