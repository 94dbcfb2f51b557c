/**
 * Makes one executable of the program, for a machine without Deno, Node or network:
 *
 *     deno task compile [--target linux-x64|linux-arm64|macos-arm64] [--out FILE]
 *
 * `deno compile` puts a program behind another build of Deno (`denort`), which it fetches from a host
 * of Deno's own, and whose native add-ons it writes to disk at every start. This takes Deno as npm
 * has it instead, with the add-ons as files beside it: tools/compile/launcher.ts unpacks both once.
 */
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { VERSION } from "../src/version.ts";
import { launcher } from "./compile/launcher.ts";
import { copyPackages, type KnownPackage, withDependencies } from "./compile/packages.ts";
import { type Target, TARGETS } from "./compile/target.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What the program is made of, beside its packages. */
const PROGRAM = [
  "main.ts",
  "src",
  "workers",
  "client",
  "flows",
  "models",
  "proto",
  "LICENSE",
  "NOTICE",
];

/** As `deno task serve` has them. */
const FLAGS = [
  "--v8-flags=--max-old-space-size=3072",
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
  "--no-lock",
  "--cached-only",
];

/** The parts of deno.json that a running program needs. */
interface Config {
  version: string;
  unstable: string[];
  imports: Record<string, string>;
}

/**
 * Writes the executable.
 * @returns its size in bytes.
 * @throws {Error} if a package of another machine cannot be fetched, or a program that packs fails.
 */
export async function compile(target: Target, out: string): Promise<number> {
  const work = await mkdtemp(join(tmpdir(), "clipline-compile-"));
  try {
    const program = join(work, "program");
    await mkdir(program);
    for (const each of PROGRAM) {
      await cp(join(ROOT, each), join(program, each), { recursive: true });
    }
    const config: Config = JSON.parse(await readFile(join(ROOT, "deno.json"), "utf8"));
    await addPackages(program, config, target);
    await writeConfig(program, config);
    await addDeno(join(program, "deno"), target);
    const archive = join(work, "program.tar.gz");
    await pack(program, archive);
    const packed = await readFile(archive);
    const hash = createHash("sha256").update(packed).digest("hex").slice(0, 12);
    const head = new TextEncoder().encode(
      launcher({ version: config.version, hash, target, flags: FLAGS }),
    );
    await mkdir(dirname(resolve(out)), { recursive: true });
    const unfinished = `${out}.unfinished`;
    await writeFile(unfinished, [head, packed], { mode: 0o755 });
    await rename(unfinished, out);
    return head.length + packed.length;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The packages whose names stand in the program's source. */
async function addPackages(program: string, { imports }: Config, target: Target): Promise<void> {
  const source = await allSource(program);
  const roots = Object.entries(imports)
    .filter(([name]) => [`"${name}"`, `"${name}/`, `\`${name}/`].some((as) => source.includes(as)))
    .map(([, specifier]) => specifier.replace(/^npm:/, ""));
  const known = await knownPackages();
  await copyPackages(withDependencies(roots, known, target), {
    from: join(ROOT, "node_modules"),
    to: join(program, "node_modules"),
    target,
    roots,
    fetchPackage,
  });
}

/** The program's: scripts of pages are .js, and bring what they need. */
async function allSource(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = files.filter((file) => file.isFile() && file.name.endsWith(".ts"))
    .map((file) => readFile(join(file.parentPath, file.name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

/** All packages of the lock file. */
async function knownPackages(): Promise<Map<string, KnownPackage>> {
  const text = await run(Deno.execPath(), ["info", "--json", "main.ts"], ROOT);
  const { npmPackages }: { npmPackages: Record<string, KnownPackage> } = JSON.parse(text);
  return new Map(Object.entries(npmPackages));
}

/** Gets a package from the registry, in the version of the lock file. */
async function fetchPackage({ name, version }: KnownPackage, folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "clipline-package-"));
  try {
    const answer = await run("npm", ["pack", "--silent", `${name}@${version}`], work);
    await mkdir(folder, { recursive: true });
    const file = answer.trim().split("\n").at(-1) ?? "";
    await run("tar", ["-xzf", join(work, file), "--strip-components=1", "-C", folder], work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Deno itself: for this machine the one that runs, else npm's of the same version. */
async function addDeno(path: string, { deno, os, cpu }: Target): Promise<void> {
  const here = { linux: "linux", darwin: "darwin" }[Deno.build.os as "linux" | "darwin"];
  const cpuHere = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  if (here === os && cpuHere === cpu) return await cp(Deno.execPath(), path);
  const folder = `${path}.package`;
  await fetchPackage({ name: deno, version: Deno.version.deno, dependencies: [] }, folder);
  await rename(join(folder, "deno"), path);
  await Deno.chmod(path, 0o755);
  await rm(folder, { recursive: true });
}

async function writeConfig(program: string, { version, unstable, imports }: Config): Promise<void> {
  const config = { version, nodeModulesDir: "manual", unstable, imports };
  await writeFile(join(program, "deno.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/** The same content makes the same archive. */
async function pack(folder: string, archive: string): Promise<void> {
  const tar = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  await run("sh", ["-c", `tar ${tar.join(" ")} -cf - . | gzip -6n > "$0"`, archive], folder);
}

async function run(command: string, args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: [...Deno.args],
    options: { target: { type: "string", default: "linux-x64" }, out: { type: "string" } },
  });
  const target = TARGETS.find(({ name }) => name === values.target);
  const say = (line: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  if (target === undefined) {
    say(`There is no target '${values.target}': choose ${TARGETS.map((t) => t.name).join(", ")}`);
    Deno.exit(2);
  }
  const out = values.out ?? join(ROOT, "dist", `clipline-${VERSION}-${target.name}`);
  const bytes = await compile(target, out);
  say(`${out}: ${(bytes / 1e6).toFixed(1)} MB`);
}
