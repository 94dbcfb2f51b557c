import assert from "node:assert/strict";
import { join } from "node:path";
import { commandWords } from "../../../src/storage/aws/command_words.ts";
import { programCredentials } from "../../../src/storage/aws/program.ts";
import { withoutSecrets } from "../../../src/storage/aws/secrets.ts";
import { Botocore } from "./botocore/botocore.ts";

const LINES = [
  "/opt/aws helper --x",
  '\'/opt/my tools/helper\' "a \\"b\\" \\n" c\\ d  e\'f\'"g"',
  "a '' \"\" b",
  "a\tb\nc",
  "~/bin/x $HOME `id` a;b | c > d #e",
  "C:\\tools\\x.exe",
  "a 'b",
  'a "b',
  'a "b\\"',
  "a \\",
  "",
  "  ",
  "a 'it'\\''s' ü",
];

Deno.test("a line is taken apart as AWS's own library takes it apart", async () => {
  await using botocore = await Botocore.start();
  for (const line of LINES) {
    const theirs = await botocore.ask({ ask: "words", line, env: {} });
    if ("error" in theirs) assert.throws(() => commandWords(line), Error, line);
    else assert.deepEqual(commandWords(line), theirs.value, line);
  }
});

/** A program that does what the text of its shell script says. */
async function withProgram(
  script: string,
  run: (line: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "with a space " });
  try {
    const path = join(folder, "helper");
    await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await run(`"${path}" --account 'my one'`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function printing(value: unknown): string {
  return `cat <<'END'\n${typeof value === "string" ? value : JSON.stringify(value)}\nEND`;
}

const GOOD = { Version: 1, AccessKeyId: "AK", SecretAccessKey: "SK" };

Deno.test("a program's credentials are read, with their end", async () => {
  const all = { ...GOOD, SessionToken: "ST", Expiration: "2100-01-01T02:00:00+02:00" };
  await withProgram(`[ "$2" = 'my one' ] || exit 9\n${printing(all)}`, async (line) => {
    assert.deepEqual(await programCredentials(line, "corp"), {
      credentials: {
        accessKeyId: "AK",
        secretAccessKey: "SK",
        sessionToken: "ST",
        expiresAt: Date.parse("2100-01-01T00:00:00Z"),
      },
      source: "the program of the AWS profile 'corp'",
    });
  });
  // Standard input is not the program's: rows come from there.
  await withProgram(`cat >&2; ${printing({ ...GOOD, Expiration: null })}`, async (line) => {
    const { credentials } = await programCredentials(line, "corp");
    assert.deepEqual(credentials, { accessKeyId: "AK", secretAccessKey: "SK" });
  });
});

Deno.test("a program that fails is told with what it says, and without secrets", async () => {
  const fails = (script: string, message: RegExp, options = {}, kind = "config") =>
    withProgram(script, async (line) => {
      await assert.rejects(programCredentials(line, "corp", options), (error: Error) => {
        assert.match(error.message, message);
        assert.equal((error as Error & { kind: string }).kind, kind);
        assert.doesNotMatch(error.message, /my one|wJalr|\n/);
        return true;
      });
    });
  const start = "^No credentials for the AWS profile 'corp': its program '/.*helper' .*";
  const like = (end: string) => new RegExp(`${start}${end}`);
  await fails(
    "echo 'MFA device' >&2; echo 'not found' >&2; exit 3",
    like("ends with 3: MFA device not found$"),
  );
  await fails("exit 1", like("ends with 1, and says nothing$"));
  await fails(
    "echo 'bad key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' >&2; exit 1",
    like("ends with 1: bad key …$"),
  );
  await fails(printing("wJalr {"), like("prints no JSON$"));
  await fails(printing("null"), like("prints no Version, and 1"));
  await fails(printing({ ...GOOD, Version: 2 }), like("prints the Version 2, and 1"));
  await fails(printing({ Version: 1, AccessKeyId: "A" }), like("prints no SecretAccessKey$"));
  await fails(printing({ ...GOOD, Expiration: "soon" }), like("an Expiration that is no time"));
  await fails(
    printing({ ...GOOD, Expiration: "2001-01-01T00:00:00Z" }),
    like("credentials that ended at 2001-01-01T00:00:00.000Z$"),
  );
  await fails("head -c 3000000 /dev/zero", like("prints too much$"), {}, "unavailable");
  // Who it started goes on, and holds its output.
  await fails(
    "sleep 20 & sleep 20",
    like("does not end in 0.3 s$"),
    { limitMs: 300 },
    "unavailable",
  );
});

Deno.test("a program that cannot be run is told with the reason", async () => {
  const fails = (line: string, message: RegExp) =>
    assert.rejects(programCredentials(line, "corp"), { kind: "config", message });
  await fails(
    "/nowhere/helper --secret x",
    /'\/nowhere\/helper' .* cannot be run: it is not there$/,
  );
  await fails("~/helper", /no shell reads this line/);
  await fails("", /its program is not named/);
  await fails("helper 'x", /cannot be read \(credential_process\): a ' is not closed$/);
  await withProgram("", async (line, folder) => {
    await Deno.chmod(join(folder, "helper"), 0o644);
    await fails(line, /cannot be run: permission denied$/);
  });
});

Deno.test("what programs say is shown without secrets, on one line", () => {
  const shown: readonly [string, string][] = [
    ["\x1b[31mError:\x1b[0m  a\r\n\tb ", "Error: a b"],
    ['{"SecretAccessKey": "abc", "x": 1}', '{"SecretAccessKey": …, "x": 1}'],
    ["password=hunter2 for me", "password=… for me"],
    ["Authorization: Bearer abc.def", "Authorization: …"],
    [
      "/usr/local/share/company-tools/aws-helper: no",
      "/usr/local/share/company-tools/aws-helper: no",
    ],
    [
      "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc was refused",
      "token … was refused",
    ],
  ];
  for (const [said, expected] of shown) assert.equal(withoutSecrets(said), expected);
  assert.equal(withoutSecrets("x".repeat(1000)), `…${"x".repeat(300)}`);
});
