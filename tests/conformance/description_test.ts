import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadFlow } from "../../src/flow/load.ts";
import { localUrl } from "../../src/server/banner.ts";
import { startServer } from "../../src/server/server.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { checkDescription, type DescriptionRun } from "./description.ts";

const DEMO = fileURLToPath(new URL("../../models/demo", import.meta.url));

const FLOW = JSON.stringify({
  jtype: "Flow",
  with: { host: "127.0.0.1", port: 0, protocol: "http" },
  executors: [{
    name: "clip_demo",
    uses: {
      jtype: "CLIPEncoder",
      with: { name: "demo", model_path: DEMO, num_worker_preprocess: 1 },
      metas: { py_modules: ["clip_server.executors.clip_torch"] },
    },
  }],
});

Deno.test("the API's description is what is served, in Schemathesis's eyes", async () => {
  const server = await startServer(loadFlow({ text: FLOW, name: "test-flow.yml" }, {}), {
    log: SILENT_LOG,
  });
  try {
    const url = localUrl(server.addresses[0]!);
    // Every rule of the schemas once: routes that take the same body are no other case. And what
    // TEI's clients post to `/` is served without being described, so that Jina's do not send there.
    const same = "^/(search|index|delete|encode/.*|rank/.*|)$";
    await agrees(url, {
      examples: 1,
      seed: 7,
      phases: "examples,coverage",
      more: ["--exclude-path-regex", same],
    });
    await agrees(url, { examples: 20, seed: 7, phases: "fuzzing" });
  } finally {
    await server.stop(1000);
  }
});

async function agrees(url: string, run: DescriptionRun): Promise<void> {
  const { success, report } = await checkDescription(url, run);
  assert.ok(success, report);
  assert.match(report, /Tested: \d+/);
}
