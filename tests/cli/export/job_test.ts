/** `export job`: what it writes, and what it does not take. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertValid, type Manifest } from "../../deploy/manifests/checked.ts";
import { runExportCommand } from "../../../src/cli/export/run.ts";
import { processConsole } from "../../../src/cli/model/console.ts";
import type { ClipError } from "../../../src/errors.ts";
import { exportJob, readJob, readObjects } from "../../support/exported_job.ts";
import { pythonEnvironment } from "../../support/python_environment.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const S3 = ["s3://photos/2026/*.tar", "--out", "s3://photos/embedded"];
const CLAIM = ["/data/photos", "--out", "/workspace/embedded", "--claim", "in=/data"];

/** Jobs of every kind. */
const JOBS: readonly (readonly string[])[] = [
  [...S3, "--model", "demo"],
  [...S3, "--model", "ViT-B-32::openai", "--device", "cuda", "--cache-claim", "weights"],
  [...S3, "--model", "ViT-L-14::openai", "--gpus", "2", "--memory", "24Gi", "--cpu", "500m"],
  [...S3, "--flow", "torch", "--service-account", "embedder", "--namespace", "jobs"],
  [...S3, "--server", "grpc://clip:51000", "--env", "AWS_REGION=eu", "--env-secret", "s3-keys"],
  [...CLAIM, "--claim", "out", "--flow", "demo", "--image-pull-secret", "registry"],
  [...CLAIM, "--claim", "out", "--model", "demo", "--env", "HF_TOKEN=secret", "--strict"],
];

Deno.test("jobs of every kind are objects that Kubernetes takes", () =>
  inFolder(async (folder) => {
    const sets = new Map<string, readonly Manifest[]>();
    for (const [i, words] of JOBS.entries()) {
      const to = join(folder, String(i));
      await exportJob(["kubernetes", ...words, "--shards", "5", "--to", to]);
      const objects = [
        ...await readObjects(to, "encode.yaml"),
        ...await readObjects(to, "merge.yaml"),
      ];
      sets.set(words.join(" "), objects);
    }
    // Before 1.29 a Job knew no `backoffLimitPerIndex`.
    await assertValid(sets, "1.29");
  }));

Deno.test("a job in Kubernetes has encode's words, and a share, an output and a spool of each pod's own", () =>
  inFolder(async (folder) => {
    const words = [...S3, "--model", "demo", "--format", "parquet", "--text", "$(HOME)"];
    const out = await exportJob(["kubernetes", ...words, "--shards", "40", "--to", folder]);
    assert.match(out, /kubectl apply -f .*encode\.yaml\n {2}kubectl wait .* job\/clipline-job/);
    const { spec } = await readJob(folder, "encode.yaml");
    assert.equal(spec.completions, 40);
    assert.equal(spec.parallelism, 16);
    const [encode] = spec.template.spec.containers;
    assert.deepEqual(encode!.args, [
      ...["encode", "s3://photos/2026/*.tar", "--model", "demo", "--text", "$$(HOME)"],
      ...["--format", "parquet", "--rows-per-file", "100000", "--accept-errors"],
      ...["--shard", "JOB_COMPLETION_INDEX/40"],
      ...["--out", "s3://photos/embedded-shards/$(JOB_COMPLETION_INDEX)"],
      ...["--work", "/workspace/work"],
    ]);
    const merge = await readJob(folder, "merge.yaml");
    assert.deepEqual(merge.spec.template.spec.containers[0]!.args, [
      ...["merge", "s3://photos/embedded", "s3://photos/embedded-shards", "--accept-errors"],
      ...["--work", "/workspace/work"],
    ]);
  }));

Deno.test("what is secret of a job is not written, but how it is made", () =>
  inFolder(async (folder) => {
    const words = [...S3, "--model", "demo", "--env", "AWS_SECRET_ACCESS_KEY=hush"];
    const out = await exportJob(["kubernetes", ...words, "--shards", "2", "--to", folder]);
    assert.match(
      out,
      /create secret generic clipline-job-env --from-literal=AWS_SECRET_ACCESS_KEY/,
    );
    for await (const { name } of Deno.readDir(folder)) {
      assert.doesNotMatch(await Deno.readTextFile(join(folder, name)), /hush/);
    }
  }));

Deno.test("scripts for Slurm have nothing that shellcheck finds fault with", () =>
  inFolder(async (folder) => {
    const python = await pythonEnvironment(new URL("shellcheck.txt", import.meta.url));
    const jobs = [
      ["it's here/*.tar", "--out", "out put", "--model", "demo", "--text", "a b"],
      [...S3, "--model", "demo", "--gpus", "1", "--sbatch=--partition=gpu", "--parallel", "2"],
    ];
    for (const [i, words] of jobs.entries()) {
      const to = join(folder, `array of ${i}`);
      await exportJob(["slurm", ...words, "--shards", "3", "--to", to], folder);
      const scripts = ["encode.sbatch", "merge.sbatch", "submit.sh"].map((name) => join(to, name));
      const { success, stdout } = await new Deno.Command(join(python, "../shellcheck"), {
        args: ["--shell=bash", ...scripts],
      }).output();
      assert.ok(success, new TextDecoder().decode(stdout));
    }
  }));

Deno.test("a folder of Slurm's scripts may have what Slurm puts something else in for", () =>
  inFolder(async (folder) => {
    const to = join(folder, "50% of %j's #1");
    await exportJob(["slurm", ...S3, "--model", "demo", "--shards", "2", "--to", to]);
    const script = await Deno.readTextFile(join(to, "encode.sbatch"));
    const line = /^#SBATCH --output=(.*)$/m.exec(script)![1];
    assert.equal(line, `"${folder}/50%% of %%j's #1/logs/%x-%A_%a.log"`);
    assert.ok((await Deno.stat(join(to, "logs"))).isDirectory);
  }));

Deno.test("export job says in one line what cannot be", () =>
  inFolder(async (folder) => {
    const to = join(folder, "job");
    const k = ["kubernetes", ...S3, "--shards", "4", "--to", to];
    const slurm = ["slurm", ...S3, "--shards", "4", "--to", to, "--model", "demo"];
    const pvc = ["kubernetes", ...CLAIM, "--shards", "4", "--to", to, "--model", "demo"];
    const table: [words: string[], message: RegExp][] = [
      [["nomad", ...k.slice(1)], /scheduler, kubernetes or slurm: received "nomad"/],
      [["kubernetes"], /A scheduler or input is missing/],
      [k, /Say by which model/],
      [[...k, "--model", "ViT-B-33"], /^--model: Unknown model/],
      [[...k, "--model", "demo", "--shard", "1/4"], /There is no option '--shard'/],
      [[...k, "--model", "demo", "--api-key", "x"], /There is no option '--api-key'/],
      [[...k, "--model", "demo", "--formt", "npy"], /did you mean '--format'/],
      [[...k, "--model", "demo", "--parallel", "5"], /--parallel takes a whole number from 1 to 4/],
      [[...k, "--model", "demo", "--server", "http://h:1", "--device", "cpu"], /--device is for/],
      [[...k, "--model", "demo", "--format", "jsonl", "--dtype-out", "float16"], /float16 is for/],
      [[...k, "--model", "demo", "--sbatch=-p"], /--sbatch is not for kubernetes/],
      [[...k, "--model", "demo", "--claim", "a=/app"], /--claim takes the name of/],
      [[...k, "--model", "demo", "--claim", "a", "--claim", "b"], /two volumes are to be at/],
      [["kubernetes", "photos", ...k.slice(2), "--model", "demo"], /pods do not have 'photos'/],
      [[...pvc], /pods do not have '\/workspace\/embedded'/],
      [
        ["kubernetes", "s3://minio@b/x", ...k.slice(2), "--model", "demo"],
        /pods do not have the AWS profile 'minio' of 's3:\/\/minio@b\/x'.*AWS_CONFIG_FILE/,
      ],
      [[...pvc, "--out", "/data/out"], /'--out' is given twice/],
      [["kubernetes", "-", ...k.slice(2), "--model", "demo"], /Standard input is no input/],
      [[...slurm, "--container", "x"], /--container is not for slurm/],
      [[...slurm, "--sbatch", "gpu"], /--sbatch takes an option of sbatch/],
      [
        ["slurm", ...S3, "--shards", "4", "--to", 'a "b"', "--model", "demo"],
        /--to 'a "b"': Slurm/,
      ],
      [
        ["slurm", "a", "--out", "s3://b", "--shards", "2", "--to", to, "--model", "demo"],
        /prefix/,
      ],
    ];
    for (const [words, message] of table) {
      await assert.rejects(
        runExportCommand(["job", ...words], processConsole()),
        (error: ClipError) => {
          assert.equal(error.kind, "config", words.join(" "));
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), [], "nothing is written");
  }));
