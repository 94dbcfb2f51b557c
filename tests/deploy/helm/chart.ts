/** The chart as Helm renders it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseAllDocuments, stringify } from "yaml";
import { runFed } from "../../support/fed_program.ts";
import { goProgram } from "../../support/go_program.ts";
import type { Manifest } from "../manifests/checked.ts";

const HELM = "helm.sh/helm/v3/cmd/helm@v3.22.0";

/** The chart's folder. */
export const CHART = fileURLToPath(new URL("../../../deploy/helm/clipline", import.meta.url));

/** A version of Kubernetes, which Helm otherwise takes for an old one. */
const KUBERNETES = ["--kube-version", "1.37.0"];
/** A cluster with the Prometheus Operator. */
export const WITH_OPERATOR = ["--api-versions", "monitoring.coreos.com/v1"];

/** What Helm says: standard output, or why not. */
export async function helm(
  args: readonly string[],
  stdin = "",
): Promise<{ ok: boolean; said: string }> {
  const env = { KUBECONFIG: "/dev/null" };
  const { ok, stdout, stderr } = await runFed(await goProgram(HELM), args, stdin, env);
  return { ok, said: ok ? stdout : stderr };
}

/** `helm template` of a release `clipline` in `default`; of a copy of the chart, if one is given. */
export async function template(
  values: unknown,
  options: readonly string[] = [],
  chart = CHART,
): Promise<{ ok: boolean; said: string }> {
  const args = ["template", "clipline", chart, ...KUBERNETES, ...options, "--values", "-"];
  return await helm(args, stringify(values));
}

/** The objects of the chart with these values, its tests too. */
export async function rendered(values: unknown): Promise<Manifest[]> {
  const { ok, said } = await template(values, WITH_OPERATOR);
  assert.ok(ok, said);
  return objectsOf(said);
}

/** The objects of what Helm printed. */
export function objectsOf(said: string): Manifest[] {
  // Kubernetes reads YAML 1.1: `yes` is no text there, and 0440 a number of eights.
  return parseAllDocuments(said, { version: "1.1" }).flatMap((document) => {
    assert.deepEqual("errors" in document ? document.errors : [], []);
    const manifest = document.toJS();
    return manifest === null ? [] : [manifest];
  });
}

/** A flow that opens these ports, as a value. */
export function flowOn(ports: string): { text: string } {
  const gateway = `{ port: ${ports}, monitoring: true }`;
  return { text: `jtype: Flow\nwith: ${gateway}\nexecutors: [{ uses: CLIPEncoder }]\n` };
}
