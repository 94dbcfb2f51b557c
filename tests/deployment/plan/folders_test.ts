import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ENCODER, planOf, refusalOf } from "../../support/planned_flow.ts";

const DEMO = fileURLToPath(new URL("../../../models/demo", import.meta.url));

/** Encoders with these models. */
function models(...paths: string[]): string {
  const entries = paths.map((path, index) =>
    `  - name: e${index}\n    uses:\n      jtype: CLIPEncoder\n      with:\n        model_path: ${path}\n`
  );
  return `jtype: Flow\nexecutors:\n${entries.join("")}`;
}

Deno.test("the program's own models are in the image", async () => {
  const { flow, models: claim } = await planOf(models(`${DEMO} # small`));
  assert.ok(flow.text.includes("model_path: /app/models/demo # small\n"));
  assert.equal(claim, null);
});

Deno.test("a model in a bucket stays where it is", async () => {
  const text = models("s3://models/vit") +
    "      metas: { py_modules: [clip_server.executors.clip_onnx] }\n";
  const { flow, notes, prepares } = await planOf(text);
  assert.ok(prepares, "copied before the server starts");
  assert.ok(flow.text.includes("model_path: s3://models/vit\n"));
  assert.match(notes.join("\n"), /'s3:\/\/models\/vit' is asked for at AWS and without keys/);
  const variables = [{ name: "AWS_ENDPOINT_URL", value: "http://minio:9000" }];
  const told = await planOf(text, { options: { variables } });
  assert.doesNotMatch(told.notes.join("\n"), /asked for at AWS/);
  assert.deepEqual(told.egressPorts, [80, 443, 9000]);
  const ofProfile = await planOf(text.replace("s3://models", "s3://minio@models"));
  assert.match(
    ofProfile.notes.join("\n"),
    /'s3:\/\/minio@models\/vit' names an AWS profile, whose/,
  );
});

Deno.test("a model of this machine wants a volume, and is refused with its place without one", async () => {
  const text = models("weights.pt");
  const refused = await refusalOf(text, { files: ["weights.pt"] });
  assert.match(
    refused,
    /^flow\.yml:7:21: executors\[0\]\.uses\.with\.model_path: 'weights\.pt' is on/,
  );
  assert.match(refused, /--models-claim CLAIM/);
  const { flow, models: claim } = await planOf(text, {
    files: ["weights.pt"],
    options: { modelsClaim: "mine" },
  });
  assert.ok(flow.text.includes("model_path: /models/weights.pt\n"));
  assert.deepEqual(claim, { claim: "mine", path: "/models" });
});

Deno.test("a path on the volume is taken as it is written, though it is not here", async () => {
  const { flow } = await planOf(models("/models/b/weights.pt"), {
    options: { modelsClaim: "mine" },
  });
  assert.ok(flow.text.includes("model_path: /models/b/weights.pt\n"));
});

Deno.test("two models of one file name cannot both be on the volume", async () => {
  const refused = await refusalOf(models("a/w.pt", "b/w.pt"), {
    files: ["a/w.pt", "b/w.pt"],
    options: { modelsClaim: "mine" },
  });
  assert.match(refused, /^flow\.yml:12:21: .*would both be \/models\/w\.pt/);
});

Deno.test("indexes are on their volume, wherever the flow keeps them", async () => {
  const indexer = (lines: string) =>
    `  - name: idx\n    uses:\n      jtype: AnnLiteIndexer\n${lines}`;
  const flow = (lines: string, top = "") =>
    `jtype: Flow\n${top}${ENCODER.replace("[{ uses: CLIPEncoder }]", "\n  - uses: CLIPEncoder")}${
      indexer(lines)
    }`;
  const cases = [
    [flow("    workspace: /var/lib/index # here\n"), "workspace: /workspace # here"],
    [flow("", "workspace: ./docs\n"), "workspace: /workspace\n"],
    [flow("      metas: {workspace: $WHERE}\n"), "{workspace: /workspace}"],
    [flow("      with:\n        data_path: /data/my index\n"), "data_path: /workspace/my_index\n"],
  ];
  for (const [text, wanted] of cases) {
    const plan = await planOf(text!, { env: { WHERE: "/srv/w" } });
    assert.ok(plan.flow.text.includes(wanted!), plan.flow.text);
    assert.equal(plan.workspace?.path, "/workspace");
    assert.deepEqual(plan.replicas, { least: 1, most: 1 });
    assert.deepEqual(plan.variables, []);
  }
  const unsaid = flow("");
  assert.ok((await planOf(unsaid)).flow.text.endsWith(unsaid.split("executors:")[1]!));
});

Deno.test("indexes in several folders stay apart", async () => {
  const { flow } = await planOf(`jtype: Flow
executors:
  - {name: a, uses: CLIPEncoder}
  - {name: i, uses: AnnLiteIndexer, workspace: /one/docs}
  - {name: b, uses: CLIPEncoder}
  - {name: j, uses: AnnLiteIndexer, workspace: /two/docs}
`);
  assert.ok(flow.text.includes("workspace: /workspace/docs}"), flow.text);
  assert.ok(flow.text.includes("workspace: /workspace/docs-2}"), flow.text);
});

Deno.test("folders that clients may name are no container's", async () => {
  const text = `jtype: Flow\nwith:\n  allow_local_files: [/models/pictures, pictures]\n${ENCODER}`;
  const refused = await refusalOf(text, {
    files: ["pictures/a"],
    options: { modelsClaim: "mine" },
  });
  assert.match(refused, /^flow\.yml:3:41: with\.allow_local_files\[1\]: 'pictures' is a folder/);
});

Deno.test("models of other stores are no files of a volume", async () => {
  for (const address of ["gs://bucket/vit.pt", "https://example.org/vit.pt"]) {
    const refused = await refusalOf(models(address), { options: { modelsClaim: "mine" } });
    assert.match(refused, /^flow\.yml:7:21: .*models are not fetched from '(gs|https):\/\/'/);
  }
});

Deno.test("a bucket that the pods' account may read wants no keys", async () => {
  const serviceAccount = { annotations: { "eks.amazonaws.com/role-arn": "x" } };
  const text = models("s3://models/vit");
  for (const options of [{ serviceAccount }, { serviceAccount: { name: "reader" } }]) {
    const { notes } = await planOf(text, { options });
    assert.doesNotMatch(notes.join("\n"), /without keys/);
  }
  const cluster = await planOf(text, { options: { serviceAccount: {} } });
  assert.match(cluster.notes.join("\n"), /--service-account says which/);
  assert.doesNotMatch((await planOf(text)).notes.join("\n"), /--service-account/);
});

Deno.test("certificates of a database are no container's, unless they are on the volume", async () => {
  const flow = (path: string) =>
    `jtype: Flow
executors:
  - uses: CLIPEncoder
  - { name: i, uses: { jtype: AnnLiteIndexer, with: { url: "postgresql://db/x?sslrootcert=${path}" } } }
`;
  const refused = await refusalOf(flow("/etc/ssl/db.pem"), { options: { modelsClaim: "mine" } });
  assert.match(refused, /^flow\.yml:4:\d+: .*its 'sslrootcert' '\/etc\/ssl\/db\.pem' is on this/);
  const { flow: { text } } = await planOf(flow("/models/db.pem"), {
    options: { modelsClaim: "mine" },
  });
  assert.ok(text.includes("sslrootcert=/models/db.pem"));
  await planOf(flow("system"));
});
