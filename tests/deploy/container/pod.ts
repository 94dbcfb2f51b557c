/**
 * Containers without an engine: namespaces of this machine. A pod is a network that only its
 * containers see; a container is a process in it with its own files and processes, as its user, without
 * any capability. Root does it as root; others need user namespaces.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "../../support/process.ts";
import { until } from "../../support/until.ts";
import { type ImageRoot, USER } from "./image_root.ts";

const ENTER = fileURLToPath(new URL("./enter.sh", import.meta.url));
const IS_ROOT = Deno.uid() === 0;

/** The pod's address, which nobody else has a way to. */
export const POD_ADDRESS = "10.93.19.93";

/** What is mounted into a container. */
export type Mount =
  /** A folder or file of this machine. */
  | { source: string; path: string; writable: boolean }
  /** Memory; options as of mount(8). */
  | { tmpfs: string; path: string };

/** A container that is to run. */
export interface ContainerSpec {
  name: string;
  /** In place of the image's ENTRYPOINT. */
  command?: readonly string[];
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  mounts: readonly Mount[];
}

/** A network of its own, with a loopback and one address. */
export class Pod implements AsyncDisposable {
  readonly #holder: Deno.ChildProcess;
  /** The process that holds the network. */
  readonly #process: number;
  readonly #containers: Container[] = [];

  private constructor(holder: Deno.ChildProcess, process: number) {
    this.#holder = holder;
    this.#process = process;
  }

  /** Makes one. @throws {Error} if this machine lets nobody make namespaces. */
  static async start(): Promise<Pod> {
    const script =
      `ip link set lo up && ip address add ${POD_ADDRESS}/32 dev lo && echo up && exec cat`;
    const holder = new Deno.Command("unshare", {
      args: [
        ...(IS_ROOT ? [] : ["--map-root-user"]),
        "--net",
        "--kill-child",
        "--fork",
        "sh",
        "-c",
        script,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { value } = await holder.stdout.getReader().read();
    if (new TextDecoder().decode(value).trim() !== "up") {
      const error = await new Response(holder.stderr).text();
      throw new Error(`Namespaces cannot be made here: ${error}`);
    }
    return new Pod(holder, await childOf(holder.pid));
  }

  /** The words before a command that is to run in the network, on this machine's files. */
  inside(...words: string[]): string[] {
    const user = IS_ROOT ? [] : ["--user", "--preserve-credentials"];
    return ["nsenter", `--target=${this.#process}`, "--net", ...user, ...words];
  }

  /** Runs a command of this machine in the network. */
  async run(...words: string[]): Promise<{ code: number; out: string }> {
    return await output(this.inside(...words));
  }

  /** Starts a container. */
  async container(image: ImageRoot, spec: ContainerSpec): Promise<Container> {
    const container = await Container.start(this, image, spec);
    this.#containers.push(container);
    return container;
  }

  /** Ends the network, and the containers that still run. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const container of this.#containers) await container.end();
    await this.#holder.stdin.close();
    await this.#holder.stderr.cancel();
    await this.#holder.status;
  }
}

/** A running container. */
export class Container {
  readonly spec: ContainerSpec;
  readonly #pod: Pod;
  readonly #image: ImageRoot;
  readonly #program: Program;
  /** Of its first process, as this machine counts. */
  readonly pid: number;

  private constructor(
    pod: Pod,
    image: ImageRoot,
    spec: ContainerSpec,
    program: Program,
    pid: number,
  ) {
    this.#pod = pod;
    this.spec = spec;
    this.#image = image;
    this.#program = program;
    this.pid = pid;
  }

  static async start(pod: Pod, image: ImageRoot, spec: ContainerSpec): Promise<Container> {
    const table = await Deno.makeTempFile({ prefix: "clipline-mounts-" });
    await Deno.writeTextFile(table, spec.mounts.map((mount) => mountLine(mount, image)).join(""));
    const command = [...(spec.command ?? image.entrypoint), ...spec.args];
    const [program, ...words] = pod.inside(
      ...["unshare", "--mount", "--pid", "--fork", "--kill-child"],
      ...["sh", ENTER, image.folder, image.local, table],
      ...asUser(image, spec.env, command),
    );
    const running = new Program([], { program: program!, words });
    const pid = await childOf(running.pid);
    running.ended().then(() => Deno.remove(table));
    return new Container(pod, image, spec, running, pid);
  }

  /** What it has printed. */
  get stdout(): string {
    return this.#program.stdout;
  }

  /** What it has logged. */
  get stderr(): string {
    return this.#program.stderr;
  }

  /** Resolves with its exit code. */
  async ended(): Promise<number> {
    return await this.#program.ended();
  }

  /** Kills it, if it still runs. */
  async end(): Promise<void> {
    let over = false;
    this.ended().then(() => over = true);
    await Promise.resolve();
    try {
      if (!over) this.kill("SIGKILL");
    } catch (thrown) {
      // It has just ended.
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
    await this.ended();
  }

  /** Sends a signal to its first process, as an engine does. */
  kill(signal: Deno.Signal): void {
    Deno.kill(this.pid, signal);
  }

  /** Runs a command in it, as `docker exec` and exec probes do. */
  async exec(command: readonly string[]): Promise<{ code: number; out: string }> {
    return await this.#pod.run(
      ...["nsenter", `--target=${this.pid}`, "--mount", "--pid", "--root", "--"],
      ...asUser(this.#image, this.spec.env, command),
    );
  }

  /** TCP ports that are listened on in its network, each once. */
  listening(): number[] {
    const ports = ["tcp", "tcp6"].flatMap((table) =>
      Deno.readTextFileSync(`/proc/${this.pid}/net/${table}`).split("\n").slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , state]) => state === "0A")
        .map(([, local]) => parseInt(local!.split(":")[1]!, 16))
    );
    return [...new Set(ports)].sort((a, b) => a - b);
  }

  /** A line of `/proc/PID/status` of its first process. */
  status(key: string): string {
    const text = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return new RegExp(`^${key}:[ \\t]*(.*)$`, "m").exec(text)![1]!.trim();
  }

  /** Where it can write, by what is mounted. */
  writable(): string[] {
    return Deno.readTextFileSync(`/proc/${this.pid}/mounts`).trim().split("\n")
      .map((line) => line.split(" "))
      .filter(([, , , options]) => options!.split(",").includes("rw"))
      .map(([, path]) => path!);
  }
}

/** The words that run a command as the image's user, with nothing but these variables. */
function asUser(
  image: ImageRoot,
  env: Readonly<Record<string, string>>,
  command: readonly string[],
): string[] {
  const pairs = Object.entries({ ...image.environment, ...env }).map(([name, value]) =>
    `${name}=${value}`
  );
  const become = IS_ROOT
    ? [
      "setpriv",
      `--reuid=${USER.id}`,
      `--regid=${USER.id}`,
      "--clear-groups",
      "--bounding-set=-all",
    ]
    : ["unshare", "--user", `--map-user=${USER.id}`, `--map-group=${USER.id}`, "setpriv"];
  const confine = ["--no-new-privs", "--inh-caps=-all"];
  return [...become, ...confine, "env", "-i", "-C", image.workingDirectory, ...pairs, ...command];
}

function mountLine(mount: Mount, { folder }: ImageRoot): string {
  const inRoot = join(folder, mount.path);
  if ("tmpfs" in mount) {
    Deno.mkdirSync(inRoot, { recursive: true });
    return `tmpfs\t${mount.tmpfs}\t${mount.path}\n`;
  }
  // As engines do it: what is mounted on is made in the image first.
  if (Deno.statSync(mount.source).isDirectory) Deno.mkdirSync(inRoot, { recursive: true });
  else {
    Deno.mkdirSync(join(inRoot, ".."), { recursive: true });
    Deno.writeTextFileSync(inRoot, "", { append: true });
  }
  return `${mount.writable ? "bind" : "ro"}\t${mount.source}\t${mount.path}\n`;
}

async function output(words: readonly string[]): Promise<{ code: number; out: string }> {
  const { code, stdout, stderr } = await new Deno.Command(words[0]!, {
    args: words.slice(1),
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** The one child of a process: `unshare --fork` waits for it. */
async function childOf(parent: number): Promise<number> {
  const children = `/proc/${parent}/task/${parent}/children`;
  return await until(
    async () => Number.parseInt(await Deno.readTextFile(children), 10),
    (child) => child > 0,
  );
}
