/** `export job`, as a user calls it. */
import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { join } from "node:path";
import type { Manifest } from "../deploy/manifests/checked.ts";
import { Program } from "./process.ts";

/** Runs it; what it prints. */
export async function exportJob(words: readonly string[], cwd?: string): Promise<string> {
  const program = new Program(["export", "job", ...words], cwd === undefined ? {} : { cwd });
  assert.equal(await program.ended(), 0, program.stderr);
  return program.stdout;
}

/** A pod's spec, as far as tests look at it. */
export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  volumes: ({ name: string } & Record<string, unknown>)[];
}

/** A container's. */
export interface Container {
  name: string;
  args: string[];
  env: { name: string; value?: string }[];
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

/** A Job. */
export interface JobManifest extends Manifest {
  spec: { completions?: number; parallelism?: number; template: { spec: PodSpec } };
}

/** The objects of a file that was written. */
export async function readObjects(folder: string, file: string): Promise<Manifest[]> {
  const text = await Deno.readTextFile(join(folder, file));
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** The Job among them. */
export async function readJob(folder: string, file: string): Promise<JobManifest> {
  const job = (await readObjects(folder, file)).find(({ kind }) => kind === "Job");
  assert.ok(job !== undefined, `${file} has no Job`);
  return job as JobManifest;
}
