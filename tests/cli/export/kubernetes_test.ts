/** `export kubernetes` and `export helm` as somebody types them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { runCommand } from "../../../src/cli/run_command.ts";
import { silentProgress } from "../../../src/model/store/progress.ts";
import { Program } from "../../support/process.ts";

interface Told {
  code: number;
  out: string;
  err: string;
}

/** Runs `export …`; what it refuses is in `err`, as the program prints it. */
async function run(args: string[], env: Record<string, string> = {}): Promise<Told> {
  const out: string[] = [];
  const err: string[] = [];
  const console = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    env: (name: string) => env[name],
    progress: silentProgress,
  };
  let code: number;
  try {
    code = await runCommand("export", args, console);
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    code = 2;
    err.push(thrown.message);
  }
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** A folder of its own. */
async function withFolder(work: (path: (name: string) => string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "clipline-export-" });
  try {
    await work((name) => join(folder, name));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("a folder of manifests is written, told, and replaced by the next export", async () => {
  await withFolder(async (path) => {
    const first = await run(["kubernetes", "torch", path("deep/k"), "--k8s-namespace", "clip"]);
    assert.equal(first.code, 0, first.err);
    assert.match(first.out, /deployment\.yaml\n/);
    assert.match(first.out, /kubectl apply -f \S+deep\/k\n/);
    assert.match(first.err, /^Note: The flow does not speak of 'monitoring'/);
    const deployment = parse(await Deno.readTextFile(path("deep/k/deployment.yaml")));
    assert.equal(deployment.metadata.namespace, "clip");
    const flow = parse(await Deno.readTextFile(path("deep/k/flow.yaml")));
    // The user's comments are there.
    assert.match(flow.data["flow.yml"], /# Less needs less memory\./);
    const again = await run(["kubernetes", "search", path("deep/k")]);
    assert.equal(again.code, 0, again.err);
    assert.match(again.err, /Removed \S+deep\/k\/deployment\.yaml/);
    assert.match(again.err, /Removed \S+deep\/k\/autoscaler\.yaml/);
    assert.ok(filesIn(path("deep/k")).includes("statefulset.yaml"));
    assert.ok(!filesIn(path("deep/k")).includes("deployment.yaml"));
  });
});

Deno.test("nobody else's file is replaced unless that is said", async () => {
  await withFolder(async (path) => {
    await Deno.mkdir(path("k"));
    await Deno.writeTextFile(path("k/service.yaml"), "kind: Mine\n");
    const refused = await run(["kubernetes", "demo", path("k")]);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /service\.yaml' is there, and export did not write it/);
    assert.deepEqual(filesIn(path("k")), ["service.yaml"]);
    assert.equal((await run(["kubernetes", "demo", path("k"), "--overwrite"])).code, 0);
    const other = await run(["kubernetes", "demo", path("k"), "--name", "other"]);
    assert.equal(other.code, 2);
    assert.match(other.err, /was written for 'clipline', not for 'other'/);
    await Deno.writeTextFile(path("k/note.yaml"), "kind: Mine\n");
    assert.equal((await run(["kubernetes", "demo", path("k")])).code, 0);
    assert.ok(filesIn(path("k")).includes("note.yaml"));
    const file = await run(["kubernetes", "demo", path("k/note.yaml")]);
    assert.match(file.err, /note\.yaml' is there, and is no folder/);
    await Deno.symlink(path("nowhere"), path("link"));
    const link = await run(["kubernetes", "demo", path("link")]);
    assert.match(link.err, /link' is there, and is no folder/);
    // What is secret goes through no link.
    await Deno.mkdir(path("l"));
    await Deno.symlink(path("nowhere"), path("l/flow.yaml"));
    const linked = ["kubernetes", "demo", path("l")];
    assert.match((await run(linked)).err, /l\/flow\.yaml' is there, and export did not write it/);
    assert.equal((await run([...linked, "--overwrite"])).code, 0);
    await assert.rejects(Deno.stat(path("nowhere")));
    const below = await run(["kubernetes", "demo", path("k/note.yaml/k")]);
    assert.match(below.err, /note\.yaml\/k' cannot be written: Not a directory/);
    const folder = await run(["helm", "demo", path("k"), "--overwrite"]);
    assert.match(folder.err, /k' is a folder, and a file is to be written there/);
  });
});

Deno.test("keys and certificates are written only if that is said, for their owner alone", async () => {
  await withFolder(async (path) => {
    const flow = `jtype: Flow
with: {ssl_certfile: s.pem, ssl_keyfile: s.key, api_keys: [0123456789abcdef]}
executors: [{uses: CLIPEncoder}]
`;
    await Deno.writeTextFile(path("flow.yml"), flow);
    for (const name of ["s.pem", "s.key"]) await Deno.writeTextFile(path(name), `of ${name}`);
    const args = ["kubernetes", path("flow.yml"), path("k"), "--env", "HF_TOKEN", "--env", "A=b=c"];
    const plain = await run(args, { HF_TOKEN: "hf_abc" });
    assert.equal(plain.code, 0, plain.err);
    assert.match(plain.out, /kubectl create secret tls clipline-tls/);
    for (const name of filesIn(path("k")).filter((name) => name.endsWith(".yaml"))) {
      assert.doesNotMatch(await Deno.readTextFile(path(`k/${name}`)), /hf_abc|of s\.key/);
    }
    const mode = async (name: string) => (await Deno.stat(path(`k/${name}`))).mode! & 0o777;
    assert.equal(await mode("flow.yaml"), 0o600);
    const said = await run([...args, "--with-secrets"], { HF_TOKEN: "hf_abc" });
    assert.doesNotMatch(said.out, /create secret/);
    assert.match(said.out, /secrets\.yaml \(secret/);
    assert.equal(await mode("secrets.yaml"), 0o600);
    const written = parseAllDocuments(await Deno.readTextFile(path("k/secrets.yaml")));
    assert.deepEqual(written.map((one) => one.toJS().metadata.name), [
      "clipline-tls",
      "clipline-env",
    ]);
    await Deno.remove(path("s.key"));
    assert.match((await run(args, { HF_TOKEN: "x" })).err, /s\.key' is not here/);
    assert.match((await run([...args, "--with-secrets"], { HF_TOKEN: "x" })).err, /cannot be read/);
  });
});

/** Names that no registry has. */
const IMAGES = ["http://x/y", "A/B", "a:b:c", "a@sha256:abc", "a@b@c", "a//b", "a:", "a@", "-a"];

Deno.test("images are named as registries have them", async () => {
  const names = [
    "clipline",
    "registry:5000/ml/clip_line.x--y:cuda-12.4",
    "Registry.example/clipline",
    "[fd00::1]:5000/clipline",
    `a/b:1@sha256:${"0123456789abcdef".repeat(4)}`,
  ];
  for (const image of names) {
    const { code, out, err } = await run(["helm", "demo", "-", "--image", image]);
    assert.equal(code, 0, err);
    const { repository, tag, digest } = parse(out).image;
    assert.equal(
      digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`,
      image === "clipline" || image.endsWith("/clipline") ? `${image}:latest` : image,
    );
  }
});

Deno.test("manifests go to standard output for kubectl, without what it may not know", async () => {
  const { code, out, err } = await run(["kubernetes", "demo", "-"]);
  assert.equal(code, 0, err);
  const kinds = parseAllDocuments(out).map((one) => one.toJS().kind);
  assert.ok(kinds.includes("Deployment") && kinds.includes("ConfigMap"), kinds.join());
  assert.ok(!kinds.includes("ServiceMonitor"));
  assert.match((await run(["docker-compose", "demo", "-"])).err, /expected the path of a file/);
});

Deno.test("roles and updates are said on the command line, to manifests and values alike", async () => {
  const role = "eks.amazonaws.com/role-arn=arn:aws:iam::1:role/a=b";
  const own = ["--service-account-annotation", role, "--max-surge", "0", "--gpus", "1"];
  const manifests = await run(["kubernetes", "torch", "-", ...own]);
  assert.equal(manifests.code, 0, manifests.err);
  assert.match(manifests.out, /eks\.amazonaws\.com\/role-arn: arn:aws:iam::1:role\/a=b/);
  assert.match(manifests.out, /maxSurge: 0/);
  assert.match(manifests.out, /maxUnavailable: 1/);
  assert.doesNotMatch(manifests.err, /wants one more server's GPUs/);
  const other = ["--service-account", "reader", "--service-account-token", "--max-surge", "25%"];
  const values = parse((await run(["helm", "torch", "-", ...other])).out);
  assert.deepEqual(values.serviceAccount, {
    create: false,
    name: "reader",
    annotations: {},
    automountToken: true,
  });
  assert.deepEqual(values.rollingUpdate, { maxUnavailable: 0, maxSurge: "25%" });
});

Deno.test("services of a Compose file do not take each other's names", async () => {
  await withFolder(async (path) => {
    for (const name of ["prepare", "balancer"]) {
      const { code, err } = await run(["docker-compose", "demo", path("c.yml"), "--name", name]);
      assert.equal(code, 2);
      assert.match(err, /another service of the file is called so/);
    }
  });
});

Deno.test("options that mean nothing are told before anything is written", async () => {
  await withFolder(async (path) => {
    const wrong: [string[], RegExp][] = [
      [["--replicas", "3-2"], /--replicas takes a number/],
      [["--replicas", "0"], /--replicas takes a number/],
      [["--memory", "2"], /--memory takes a size as 512Mi or 4Gi/],
      [["--cpu", "many"], /--cpu takes cores/],
      [["--name", "Not-One"], /--name takes a name of small letters/],
      [["--name", "3d"], /--name takes a name .*, a letter first: received "3d"/],
      [["--image", "a b"], /--image takes the name of an image/],
      [["--env", "9=x"], /--env takes NAME=VALUE/],
      [["--env", "NOT_SET"], /there is no such variable here/],
      [["--namespace", "a", "--k8s-namespace", "b"], /--namespace is 'a'/],
      [
        ["--cache-claim", "a", "--cache-storage-class", "b"],
        /--cache-storage-class is for one to be made/,
      ],
      [["--cache-claim", "a", "--cache-size", "5Gi"], /--cache-size is for one to be made/],
      [["--cache-claim", "a..b"], /--cache-claim takes a name .* with '\.' between them/],
      [["--cache-size", "1"], /--cache-size takes a size .* \(at least 64Mi\)/],
      ...IMAGES.map((image): [string[], RegExp] => [["--image", image], /the name of an image/]),
      [["--env", "CLIPLINE_CACHE=/x"], /the image says it, as \/cache is where the volume is/],
      [["--env", "PATH=/x"], /--env PATH: the image says it; expected another variable/],
      [
        ["--env", "SHUTDOWN_GRACE=30000"],
        /SHUTDOWN_GRACE must be a number of seconds from 0 to 3600/,
      ],
      [["--max-surge", "x"], /--max-surge takes a number of pods or a share of them, as 1 or 25%/],
      [["--max-unavailable", "101%"], /--max-unavailable takes a number of pods/],
      [["--max-surge", "0%", "--max-unavailable", "0"], /are both 0, so no pod could be replaced/],
      [["--service-account", "A"], /--service-account takes a name/],
      [["--service-account-annotation", "no value"], /takes KEY=VALUE, as eks/],
      [["--service-account-annotation", "a b=c"], /takes KEY=VALUE, as eks/],
      [
        ["--service-account", "a", "--service-account-annotation", "b=c"],
        /--service-account is one that is there/,
      ],
      [["--gpu", "1"], /did you mean '--gpus'/],
    ];
    for (const [options, pattern] of wrong) {
      const { code, err } = await run(["kubernetes", "demo", path("k"), ...options]);
      assert.equal(code, 2);
      assert.match(err, pattern);
    }
    assert.match((await run(["kubernetes", "nothing.yml", path("k")])).err, /There is no flow/);
    assert.match((await run(["kubernets", "demo", path("k")])).err, /did you mean 'kubernetes'/);
    assert.match((await run(["kubernetes", "demo"])).err, /is missing/);
    for (const command of ["kubernetes", "helm", "docker-compose"]) {
      assert.match((await run([command, "demo", ""])).err, /The place to write is empty/);
    }
    await assert.rejects(Deno.stat(path("k")));
    assert.equal((await run([])).code, 2);
    assert.match((await run(["--help"])).out, /kubernetes FLOW DIR/);
    assert.match((await run(["kubernetes", "--help"])).out, /--cache-claim CLAIM/);
  });
});

Deno.test("values for the chart go to a file, or to standard output", async () => {
  await withFolder(async (path) => {
    const { code, out } = await run(["helm", "demo", path("values.yaml"), "--image", "r:5000/c:1"]);
    assert.equal(code, 0);
    assert.match(
      out,
      /^helm upgrade --install clipline deploy\/helm\/clipline -f \S+values\.yaml$/m,
    );
    const values = parse(await Deno.readTextFile(path("values.yaml")));
    assert.deepEqual(values.image, { repository: "r:5000/c", tag: "1" });
    const printed = await run(["helm", "demo", "-", "--image", "r:5000/c:1"]);
    assert.deepEqual(parse(printed.out), values);
  });
});

Deno.test("a flow may come by standard input", async () => {
  await withFolder(async (path) => {
    const program = new Program(["export", "kubernetes", "-", path("k")], {
      stdin: "jtype: Flow\nwith: {protocol: http}\nexecutors: [{uses: CLIPEncoder}]\n",
    });
    assert.equal(await program.ended(), 0, program.stderr);
    assert.match(await Deno.readTextFile(path("k/flow.yaml")), /protocol: http/);
    const wrong = new Program(["export", "kubernetes", "-", path("k")], { stdin: "port: x" });
    assert.equal(await wrong.ended(), 2);
    assert.match(wrong.stderr, /^<stdin>:1:1: /);
  });
});
