/**
 * Hosts of their own on one machine: network namespaces on a bridge. The kernel takes each away with
 * its last process, and every process here ends with the one that began it, however that ends.
 * Needs root, or user namespaces that anybody may make.
 */

/** The bridge's own address is the first. */
const SUBNET = "10.0.0";

/** A command line. */
export type Words = [string, ...string[]];

/** One host. */
export interface Host {
  name: string;
  /** Its address in the bridge's network. */
  address: string;
  /** A command line that runs there, and ends with the process that starts it. */
  within(words: readonly string[]): Words;
}

/** Holds a namespace: it ends as soon as nobody holds its standard input any more. */
class Holder {
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  static async start([program, ...args]: Words): Promise<Holder> {
    const child = new Deno.Command(program, {
      args: [...args, "sh", "-c", "echo; exec cat"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const { done } = await reader.read();
    if (done) throw new Error("A network namespace needs root, or unprivileged user namespaces");
    reader.releaseLock();
    return new Holder(child);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async end(): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.stdout.cancel();
    await this.#child.status;
  }
}

/** A bridge, and the hosts on it; `await using` takes all of it away. */
export class Network {
  readonly #hub: Holder;
  readonly #holders: Holder[] = [];
  readonly #hosts: Host[] = [];

  private constructor(hub: Holder) {
    this.#hub = hub;
  }

  /** Makes the bridge. @throws {Error} this user may make no network namespaces. */
  static async open(): Promise<Network> {
    const network = new Network(
      await Holder.start(["unshare", ...(isRoot() ? [] : ["-Ur"]), "-n"]),
    );
    await network.#run(network.#hub, "link", "set", "lo", "up");
    await network.#run(network.#hub, "link", "add", "hub", "type", "bridge");
    await network.#run(network.#hub, "addr", "add", `${SUBNET}.1/24`, "dev", "hub");
    await network.#run(network.#hub, "link", "set", "hub", "up");
    return network;
  }

  /** Adds a host whose address ends with `number`. */
  async add(name: string, number: number): Promise<Host> {
    const holder = await Holder.start([...this.#enter(this.#hub), "unshare", "-n"]);
    this.#holders.push(holder);
    const address = `${SUBNET}.${number}`;
    const [inside, outside] = ["eth0", `veth${number}`];
    const pair = ["link", "add", outside, "type", "veth", "peer", "name", inside];
    await this.#run(this.#hub, ...pair, "netns", String(holder.pid));
    await this.#run(this.#hub, "link", "set", outside, "master", "hub", "up");
    await this.#run(holder, "link", "set", "lo", "up");
    await this.#run(holder, "addr", "add", `${address}/24`, "dev", inside);
    await this.#run(holder, "link", "set", inside, "up");
    const within = (words: readonly string[]): Words => [
      ...this.#enter(holder),
      ...["setpriv", "--pdeathsig", "KILL", "--"],
      ...words,
    ];
    const host = { name, address, within };
    this.#hosts.push(host);
    return host;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const holder of [...this.#holders, this.#hub]) await holder.end();
  }

  #enter({ pid }: Holder): Words {
    const user = isRoot() ? [] : ["-U", "--preserve-credentials"];
    return ["nsenter", "-t", String(pid), ...user, "-n"];
  }

  async #run(holder: Holder, ...args: string[]): Promise<void> {
    const [program, ...words] = [...this.#enter(holder), "ip", ...args] as Words;
    const { success, stderr } = await new Deno.Command(program, { args: words }).output();
    if (!success) throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
}

function isRoot(): boolean {
  return Deno.uid() === 0;
}
