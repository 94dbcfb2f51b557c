/** What exporter and chart make of every kind of deployment: both the same, and nothing wrong with it. */
import assert from "node:assert/strict";
import { helmValues } from "../../../src/deployment/helm/values.ts";
import { manifests } from "../../../src/deployment/kubernetes/manifests.ts";
import { secrets } from "../../../src/deployment/kubernetes/secrets.ts";
import type { DeploymentPlan } from "../../../src/deployment/plan.ts";
import { assertValid, type Manifest } from "../manifests/checked.ts";
import { deployments } from "../manifests/deployments.ts";
import { rendered } from "./chart.ts";

/** Programs of Helm at a time. */
const SIDE_BY_SIDE = 3;
const PULL_SECRETS = ["registry"];

Deno.test("exporter and chart say the same of every deployment, and Kubernetes takes it", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "clipline-deployments-" });
  try {
    const plans = await deployments(folder);
    const sets = new Map<string, readonly Manifest[]>();
    const left = [...plans];
    const worker = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [title, plan] = next;
        const exported = exportedObjects(plan);
        const chart = await rendered(helmValues(plan, { pullSecrets: PULL_SECRETS }));
        assert.deepEqual(byName(chart.filter((one) => !isTest(one))), byName(exported), title);
        sets.set(`export of ${title}`, exported).set(`chart of ${title}`, chart);
        sets.set(`Secrets of ${title}`, ownSecrets(plan));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    assert.ok(plans.size > 60);
    await assertValid(sets);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

/** Helm releases always say where they are. */
const PLACE = { namespace: "default", pullSecrets: PULL_SECRETS };

function exportedObjects(plan: DeploymentPlan): Manifest[] {
  return manifests(plan, PLACE).map(({ object }) => object as Manifest);
}

function ownSecrets(plan: DeploymentPlan): Manifest[] {
  const read = (path: string) => Deno.readFileSync(path);
  return secrets(plan, PLACE, read).map((object) => object as Manifest);
}

function isTest({ metadata }: Manifest): boolean {
  return metadata.annotations?.["helm.sh/hook"] === "test";
}

/** Objects by kind and name, without the labels in which Helm says that it is Helm. */
function byName(objects: readonly Manifest[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map((object) => [`${object.kind} ${object.metadata.name}`, comparable(object)]),
  );
}

function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) =>
    key !== "helm.sh/chart" && key !== "app.kubernetes.io/managed-by"
  );
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, comparable(key === "env" ? variables(entry) : entry)]),
  );
}

/** In the order of their names: Helm has them in a map. */
function variables(list: { name: string }[]): { name: string }[] {
  return list.toSorted((a, b) => a.name < b.name ? -1 : 1);
}
