/**
 * The image as a folder that can be a container's root: the Dockerfile's own commands have made it,
 * over this machine's Debian in place of the base image's.
 */
import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { valuesOf } from "../dockerfile.ts";
import { buildApp, IMAGE } from "../image.ts";

/** The user of the base image (denoland/deno_docker, `debian.dockerfile`), which ours runs as. */
export const USER = { id: 1993, name: "deno", home: "/home/deno" };

/** What the base image sets. */
const BASE_ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: USER.home,
};

const LINKED = ["bin", "sbin", "lib", "lib64"];

/** An image. */
export interface ImageRoot {
  /** The root. */
  folder: string;
  /** `/usr/local`, where Deno is. */
  local: string;
  entrypoint: readonly string[];
  environment: Readonly<Record<string, string>>;
  workingDirectory: string;
  /** The command of HEALTHCHECK. */
  health: readonly string[];
}

/** Makes it in an empty folder. */
export async function buildImageRoot(folder: string): Promise<ImageRoot> {
  const root = join(folder, "root");
  const local = join(folder, "local");
  Deno.mkdirSync(root);
  const app = await buildApp(folder);
  Deno.renameSync(app, join(root, "app"));
  Deno.mkdirSync(join(local, "bin"), { recursive: true });
  Deno.copyFileSync(Deno.realPathSync(Deno.execPath()), join(local, "bin", "deno"));
  makeBase(root);
  for (const command of valuesOf(IMAGE, "RUN").flatMap(ownCommands)) await runOnRoot(command, root);
  const environment = Object.assign(
    { ...BASE_ENVIRONMENT },
    ...valuesOf(IMAGE, "ENV").map(variables),
  );
  return {
    folder: root,
    local,
    entrypoint: JSON.parse(valuesOf(IMAGE, "ENTRYPOINT")[0]!),
    environment,
    workingDirectory: valuesOf(IMAGE, "WORKDIR").at(-1)!,
    health: JSON.parse(/CMD\s+(\[.*\])$/.exec(valuesOf(IMAGE, "HEALTHCHECK")[0]!)![1]!),
  };
}

/** What the base image has, as far as somebody asks for it; the rest is mounted. */
function makeBase(root: string): void {
  for (const name of ["proc", "sys", "dev", "tmp", "mnt", "usr", "etc/ssl"]) {
    Deno.mkdirSync(join(root, name), { recursive: true });
  }
  for (const name of LINKED) {
    const info = lstat(`/${name}`);
    if (info?.isSymlink) Deno.symlinkSync(Deno.readLinkSync(`/${name}`), join(root, name));
    else if (info !== undefined) Deno.mkdirSync(join(root, name));
  }
  const put = (path: string, text: string) => Deno.writeTextFileSync(join(root, "etc", path), text);
  put(
    "passwd",
    `root:x:0:0:root:/root:/bin/sh\n${USER.name}:x:${USER.id}:${USER.id}::${USER.home}:/bin/sh\n`,
  );
  put("group", `root:x:0:\n${USER.name}:x:${USER.id}:\n`);
  put("hosts", "127.0.0.1 localhost\n::1 localhost\n");
  put("nsswitch.conf", "hosts: files\n");
  for (const path of ["ld.so.cache"]) {
    Deno.copyFileSync(join("/etc", path), join(root, "etc", path));
  }
}

/** The commands of a RUN, without those of the package manager: this machine has the packages. */
function ownCommands(run: string): string[] {
  return run.split("&&").map((command) => command.trim())
    .filter((command) => !/^(apt-get|rm -rf \/var\/lib\/apt)\b/.test(command));
}

/** Runs a command that makes folders and links as it would be run in the root. */
async function runOnRoot(command: string, root: string): Promise<void> {
  const words = command.split(/\s+/);
  const owner = ["-o", USER.name, "-g", USER.name];
  if (words[0] === "install" && words[1] === "-d") {
    assert.deepEqual(words.slice(2, 6), owner, "folders of the image are its user's");
    for (const path of words.slice(6)) {
      await Deno.mkdir(join(root, path));
      // Who is not root is mapped to the user when it enters.
      if (Deno.uid() === 0) await Deno.chown(join(root, path), USER.id, USER.id);
    }
    return;
  }
  assert.deepEqual(
    words.slice(0, 2),
    ["ln", "-s"],
    `a command of the Dockerfile that is new: ${command}`,
  );
  const [target, link] = words.slice(2) as [string, string];
  assert.equal(dirname(link), ".");
  await Deno.symlink(target, join(root, "app", basename(link)));
}

function variables(text: string): Record<string, string> {
  const pairs = text.split(/\s+/).map((pair) => pair.split("=") as [string, string]);
  return Object.fromEntries(pairs);
}

function lstat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}
