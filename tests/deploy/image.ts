/** What an engine makes of the Dockerfile, made without one: its commands run in an empty folder. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { delimiter, dirname, join } from "node:path";
import { ROOT } from "../docs/demo_program.ts";
import { dockerStages, type Instruction, isIgnored, valuesOf } from "./dockerfile.ts";

const read = (path: string) => Deno.readTextFileSync(join(ROOT, path));

/** The project's `.dockerignore`. */
export const IGNORE = read(".dockerignore");

/** The stages of the project's Dockerfile. */
export const [PACKAGES, IMAGE] = dockerStages(read("Dockerfile")) as [Instruction[], Instruction[]];

/** All files below, as paths relative to it; links are not followed. */
export function* filesBelow(folder: string, path = ""): Generator<string> {
  for (const entry of Deno.readDirSync(join(folder, path))) {
    const own = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(folder, own);
    else yield own;
  }
}

/** The files of the project below a path; never what is installed or built. */
export function tracked(path: string): string[] {
  const skipped = /^(node_modules|\.git|\.cache)(\/|$)/;
  const info = Deno.statSync(join(ROOT, path));
  if (!info.isDirectory) return [path];
  const names = [...Deno.readDirSync(join(ROOT, path))].map(({ name }) =>
    path === "." ? name : `${path}/${name}`
  );
  return names.filter((name) => !skipped.test(name)).flatMap(tracked);
}

/** Copies a file or folder of the project, as COPY does. */
function copy(path: string, target: string): void {
  for (const file of tracked(path)) {
    if (isIgnored(file, IGNORE)) continue;
    Deno.mkdirSync(dirname(join(target, file)), { recursive: true });
    Deno.copyFileSync(join(ROOT, file), join(target, file));
  }
}

/** Runs the build of the packages and of the program; the folder that is `/app`. */
export async function buildApp(folder: string): Promise<string> {
  const app = join(folder, "app");
  const bin = join(folder, "bin");
  Deno.mkdirSync(bin);
  Deno.symlinkSync(Deno.execPath(), join(bin, "deno"));
  for (const words of valuesOf(PACKAGES, "COPY")) {
    for (const source of words.split(/\s+/).slice(0, -1)) copy(source, app);
  }
  for (const command of valuesOf(PACKAGES, "RUN")) {
    const { success, stderr } = await new Deno.Command("sh", {
      args: ["-ec", command],
      cwd: app,
      env: { PATH: `${bin}${delimiter}${Deno.env.get("PATH")}` },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  }
  assert.deepEqual(valuesOf(IMAGE, "COPY"), [
    "--from=packages /app/node_modules ./node_modules",
    ". .",
  ]);
  copy(".", app);
  return app;
}

/** What the folder holds: a change of any file or link shows. */
export function fingerprint(folder: string): string {
  const hash = createHash("sha256");
  for (const file of [...filesBelow(folder)].sort()) {
    const { mtime, size } = Deno.lstatSync(join(folder, file));
    hash.update(`${file} ${size} ${mtime?.getTime()}\n`);
  }
  return hash.digest("hex");
}
