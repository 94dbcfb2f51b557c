/** A server whose model lies in a bucket of a real store. */
import assert from "node:assert/strict";
import { ObjectStores } from "../../src/storage/open_store.ts";
import { Program } from "../support/process.ts";
import { S3Server } from "../support/s3_server.ts";

const DEMO = new URL("../../models/demo/", import.meta.url);

function flow(modelPath: string): string {
  return JSON.stringify({
    jtype: "Flow",
    with: { host: "127.0.0.1", port: 0, protocol: "http" },
    executors: [{
      uses: {
        jtype: "CLIPEncoder",
        with: { model_path: modelPath, num_worker_preprocess: 1, device: "cpu" },
        metas: { py_modules: ["clip_server.executors.clip_torch"] },
      },
    }],
  });
}

async function post(url: string, data: unknown[]): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ exec_endpoint: "/", data }),
  });
  return await response.json();
}

Deno.test("a flow's model_path leads into a bucket", async (t) => {
  await using store = await S3Server.start("models");
  const stores = await ObjectStores.open({ environment: store.environment() });
  const bucket = stores.bucket("models");
  for (const name of ["config.json", "preprocessor_config.json", "model.safetensors.gz"]) {
    await bucket.write(`demo/${name}`, await Deno.readFile(new URL(name, DEMO)));
  }
  const folder = await Deno.makeTempDir();
  const path = `${folder}/flow.yml`;
  const env = { ...store.variables, CLIPLINE_CACHE: `${folder}/cache` };
  try {
    await t.step("it is fetched, and embeds; nobody outside reads buckets by that", async () => {
      await Deno.writeTextFile(path, flow("s3://models/demo/"));
      const program = new Program([path], { env });
      const [, url] = await program.printed(/http\s+(http:\/\/127\.0\.0\.1:\d+)/);
      assert.match(program.stderr, /model\.safetensors\.gz: [\d.]+ MB downloaded/);
      const answer = await post(url!, [{ text: "a red circle" }]) as {
        data: { embedding: number[] }[];
      };
      assert.equal(answer.data[0]!.embedding.length, 128);
      for (const uri of ["s3://models/demo/config.json", "S3://models/x.png"]) {
        const { header } = await post(url!, [{ uri }]) as {
          header: { status: { description: string } };
        };
        assert.match(header.status.description, /is no http\(s\) or data URI/);
      }
      program.kill("SIGTERM");
      assert.equal(await program.ended(), 0);
    });

    await t.step("what is not there is told, with the bucket", async () => {
      await Deno.writeTextFile(path, flow("s3://models/none"));
      const program = new Program([path], { env });
      assert.equal(await program.ended(), 2);
      assert.match(program.stderr, /There is no model at 's3:\/\/models\/none'/);
    });

    await t.step("an address without a bucket is a fault of the flow", async () => {
      await Deno.writeTextFile(path, flow("s3:///demo"));
      const program = new Program([path], { env });
      assert.equal(await program.ended(), 2);
      assert.match(program.stderr, /model_path.*it names no bucket/s);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
