/** Programs of another release of Debian than this machine's, in a folder of their own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testEnvironment } from "./test_environment.ts";

/** Where Debian has libraries of this kind of processor. */
const LIBRARIES = { x86_64: "usr/lib/x86_64-linux-gnu", aarch64: "usr/lib/aarch64-linux-gnu" };
const LOADERS = { x86_64: "ld-linux-x86-64.so.2", aarch64: "ld-linux-aarch64.so.1" };

/** Unpacked packages. */
export class DebianPrograms {
  /** What would be `/` where they are installed. */
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /**
   * Fetches and unpacks packages, once, from where this machine has its own.
   * @param release by its name, as trixie.
   * @param packages with all whose libraries they need: nothing is looked up.
   * @throws {Error} with what apt says; this machine has to be a Debian.
   */
  static async of(release: string, packages: readonly string[]): Promise<DebianPrograms> {
    const wanted = [release, ...packages].join(" ");
    const folder = await testEnvironment(`debian-${release}`, wanted, async (folder) => {
      const apt = join(folder, "apt");
      for (const part of ["etc", "lists/partial", "cache/archives/partial", "packages"]) {
        await Deno.mkdir(join(apt, part), { recursive: true });
      }
      const format = "$(REPO_URI) $(RELEASE)";
      const own = await output("apt-get", ["indextargets", "--format", format]);
      const origin = /^(\S+\/debian\/) /m.exec(own)?.[1];
      assert.ok(origin !== undefined, `apt knows no Debian here: ${own}`);
      const key = "/usr/share/keyrings/debian-archive-keyring.gpg";
      const source = `deb [signed-by=${key}] ${origin} ${release} main\n`;
      await Deno.writeTextFile(join(apt, "etc/sources.list"), source);
      await Deno.writeTextFile(join(apt, "status"), "");
      const settings = [
        ...[`Dir::Etc=${apt}/etc/`, "Dir::Etc::sourceparts=-", `Dir::State::status=${apt}/status`],
        ...[`Dir::State::lists=${apt}/lists`, `Dir::Cache=${apt}/cache`],
        ...["APT::Sandbox::User=", "Acquire::Languages=none"],
      ].flatMap((setting) => ["-o", setting]);
      await output("apt-get", [...settings, "update"]);
      await output("apt-get", [...settings, "download", ...packages], join(apt, "packages"));
      for (const { name } of Deno.readDirSync(join(apt, "packages"))) {
        await output("dpkg", ["-x", join(apt, "packages", name), folder]);
      }
      await Deno.remove(apt, { recursive: true });
    });
    return new DebianPrograms(folder);
  }

  /** The words that run one of them, with its own libraries. @param program its path, below `root`. */
  words(program: string, args: readonly string[]): string[] {
    const libraries = join(this.root, LIBRARIES[Deno.build.arch]);
    const loader = join(libraries, LOADERS[Deno.build.arch]);
    return [loader, "--library-path", libraries, join(this.root, program), ...args];
  }
}

async function output(program: string, args: string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  if (!success) throw new Error(`${program} says: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
