/** Programs in Go that tests need: built once, kept in the user's cache. */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { testEnvironment } from "./test_environment.ts";

/**
 * The path of a published program, `go install`ed. The first to ask builds it, which may take
 * minutes; others find it.
 *
 * @param target Package and version, as `go install` takes them: `helm.sh/helm/v3/cmd/helm@v3.22.0`.
 * @throws {Error} if it cannot be built: what needs it cannot be tested then, and is not passed over.
 */
export async function goProgram(target: string): Promise<string> {
  const [path] = target.split("@") as [string];
  const folder = await testEnvironment("go", target, async (folder) => {
    await build(target, ["install", "-trimpath", target], { env: { GOBIN: folder } });
  });
  const last = basename(path);
  // Go names a program after the folder above where the last one says a major version.
  return join(folder, /^v\d+$/.test(last) ? basename(path.slice(0, -last.length)) : last);
}

/** The path of a program whose sources lie in `source`: a folder with go.mod, go.sum and *.go. */
export async function goProgramOf(source: URL): Promise<string> {
  const cwd = fileURLToPath(source);
  const names = [...Deno.readDirSync(cwd)].map(({ name }) => name).sort();
  const texts = names.map((name) => `${name}\n${Deno.readTextFileSync(join(cwd, name))}`);
  const folder = await testEnvironment("go", texts.join("\n"), async (folder) => {
    const into = ["-o", join(folder, "program"), "."];
    await build(basename(cwd), ["build", "-mod=readonly", "-buildvcs=false", ...into], { cwd });
  });
  return join(folder, "program");
}

/** Builds, and tells on standard error, for it may be the longest thing that a run of tests does. */
async function build(
  what: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> },
): Promise<void> {
  const say = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
  const start = performance.now();
  say(`Building ${what} with Go …`);
  const { success, stderr } = await new Deno.Command("go", {
    args,
    cwd: options.cwd ?? "/",
    env: { CGO_ENABLED: "0", ...options.env },
  }).output().catch((thrown) => {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    throw new Error(`${what} is built with Go, which is not installed here (go.dev/dl)`);
  });
  if (!success) throw new Error(`go ${args.join(" ")}:\n${new TextDecoder().decode(stderr)}`);
  say(`Built ${what} in ${Math.round((performance.now() - start) / 1000)} s`);
}
