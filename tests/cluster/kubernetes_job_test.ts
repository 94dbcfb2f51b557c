/**
 * The pods of `export job kubernetes`, in networks of their own, with the image's root, user and
 * entry point: one is killed in the middle, and comes again with nothing on its disk.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { filesOf } from "../bulk/job/read_output.ts";
import { buildImageRoot, type ImageRoot, USER } from "../deploy/container/image_root.ts";
import type { Container, Pod } from "../deploy/container/pod.ts";
import { exportJob } from "../support/exported_job.ts";
import { S3Server } from "../support/s3_server.ts";
import { until } from "../support/until.ts";
import { assertSameFiles, JOB_FLOW, jobRows, runUndisturbed } from "./job_ground.ts";
import { JobNetwork } from "./job_network.ts";
import { startJobPod, type Surroundings } from "./job_pods.ts";

const SHARDS = 3;
const ROWS = 6_000;
const WORDS = ["--flow", "./flow.yml", "--rows-per-file", "500"];

/** What all jobs here are run with. */
interface Ground {
  folder: string;
  image: ImageRoot;
  network: JobNetwork;
}

/** A job, and where its pods find things. */
interface Job extends Pick<Surroundings, "secret" | "claims"> {
  /** The folder of its manifests. */
  manifests: string;
  /** Whether a share has its second part, and so all of the first. */
  hasParts: (shard: number) => Promise<boolean>;
}

/** Runs all shares at once, one of them twice, then what joins them. */
async function runJob({ folder, image, network }: Ground, job: Job): Promise<void> {
  const run = async (file: string, disk: string, index?: number) => {
    const pod = await network.pod();
    const { secret, claims } = job;
    const at = index === undefined ? {} : { index };
    const around = { pod, image, disk: join(folder, disk), secret, claims, ...at };
    return { pod, container: await startJobPod(join(job.manifests, file), around) };
  };
  const ended = async ({ pod, container }: { pod: Pod; container: Container }) => {
    const code = await container.ended();
    await network.remove(pod);
    return { code, log: `${container.stdout}\n${container.stderr}` };
  };
  const shares = Array.from({ length: SHARDS }, async (_, shard) => {
    const disk = `${job.manifests}-disk-${shard}`.slice(folder.length + 1);
    const first = await run("encode.yaml", disk, shard);
    if (shard === 1) {
      await until(() => job.hasParts(shard), Boolean);
      first.container.kill("SIGKILL");
    }
    const { code, log } = await ended(first);
    if (shard !== 1) return assert.equal(code, 0, log);
    assert.notEqual(code, 0, log);
    // Another node: nothing of the first one's disk is there.
    const second = await ended(await run("encode.yaml", `${disk}-anew`, shard));
    assert.equal(second.code, 0, second.log);
    assert.match(second.log, /going on after [1-9]/);
  });
  await Promise.all(shares);
  const { code, log } = await ended(
    await run("merge.yaml", `${job.manifests}-disk-merge`.slice(folder.length + 1)),
  );
  assert.equal(code, 0, log);
}

function assertEveryRow(files: ReadonlyMap<string, Uint8Array>): void {
  const ids = [...files].filter(([path]) => path.startsWith("ids_"))
    .flatMap(([, bytes]) => new TextDecoder().decode(bytes).trim().split("\n"))
    .map((line) => (JSON.parse(line) as { id: string }).id);
  assert.equal(ids.length, ROWS);
  assert.equal(new Set(ids).size, ROWS);
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("three pods do a job while one is killed and loses its disk", async (test) => {
  const folder = await Deno.makeTempDir();
  const path = (name: string) => join(folder, name);
  await using network = await JobNetwork.start();
  try {
    await Deno.chmod(folder, 0o755);
    await Deno.mkdir(path("image"));
    const image = await buildImageRoot(path("image"));
    const ground = { folder, image, network };
    await Deno.writeTextFile(path("flow.yml"), JOB_FLOW);
    const to = (name: string) => [...WORDS, "--shards", String(SHARDS), "--to", path(name)];

    await test.step("inputs and outputs in a bucket", async () => {
      await using server = await S3Server.startOn(network.address, "jobs");
      const bucket = server.folderOf("jobs");
      await Deno.writeTextFile(join(bucket, "rows.txt"), jobRows(ROWS));
      const input = "s3://jobs/rows.txt";
      const words = [input, "--out", "s3://jobs/embedded", "--env-secret", "s3"];
      await exportJob(["kubernetes", ...words, ...to("bucket-job")], folder);
      await runJob(ground, {
        manifests: path("bucket-job"),
        secret: server.variables,
        claims: {},
        hasParts: (shard) => isThere(join(bucket, `embedded-shards/${shard}/embeddings_1.npy`)),
      });
      const written = await filesOf(join(bucket, "embedded"));
      assertEveryRow(written);
      const calm = { folder, encode: [input, ...WORDS], shards: SHARDS, env: server.variables };
      assertSameFiles(written, await runUndisturbed({ ...calm, out: "calm-bucket" }));
    });

    await test.step("a folder that all pods share", async () => {
      const shared = path("shared");
      await Deno.mkdir(shared);
      await Deno.chown(shared, USER.id, USER.id);
      await Deno.writeTextFile(join(shared, "rows.txt"), jobRows(ROWS));
      const words = ["/workspace/rows.txt", "--out", "/workspace/embedded", "--claim", "shared"];
      await exportJob(["kubernetes", ...words, ...to("folder-job")], folder);
      await runJob(ground, {
        manifests: path("folder-job"),
        secret: {},
        claims: { shared },
        hasParts: (shard) => isThere(join(shared, `embedded-shards/${shard}/embeddings_1.npy`)),
      });
      const written = await filesOf(join(shared, "embedded"));
      assertEveryRow(written);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
