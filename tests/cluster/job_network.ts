/** Pods that reach this machine, and nothing else, over a bridge that the test makes. */
import assert from "node:assert/strict";
import { Pod } from "../deploy/container/pod.ts";

/** Of this process alone; nobody routes it. */
const SUBNET = `10.86.${1 + Deno.pid % 250}`;

/** A bridge of this machine. */
export class JobNetwork implements AsyncDisposable {
  readonly #bridge: string;
  readonly #pods = new Set<Pod>();
  #made = 0;

  private constructor(bridge: string) {
    this.#bridge = bridge;
  }

  /** Makes it. @throws {Error} if this process may not: it wants root. */
  static async start(): Promise<JobNetwork> {
    const network = new JobNetwork(`clj${Deno.pid}`);
    await ip("link", "add", network.#bridge, "type", "bridge");
    await ip("address", "add", `${network.address}/24`, "dev", network.#bridge);
    await ip("link", "set", network.#bridge, "up");
    return network;
  }

  /** The address that pods find this machine by. */
  get address(): string {
    return `${SUBNET}.1`;
  }

  /** A pod on it. */
  async pod(): Promise<Pod> {
    const pod = await Pod.start();
    this.#pods.add(pod);
    const number = ++this.#made;
    const link = `clj${Deno.pid}p${number}`;
    await ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", networkOf(pod));
    await ip("link", "set", link, "master", this.#bridge, "up");
    for (
      const words of [
        ["address", "add", `${SUBNET}.${10 + number}/24`, "dev", "eth0"],
        ["link", "set", "eth0", "up"],
      ]
    ) {
      const { code, out } = await pod.run("ip", ...words);
      assert.equal(code, 0, out);
    }
    return pod;
  }

  /** Ends a pod. */
  async remove(pod: Pod): Promise<void> {
    if (this.#pods.delete(pod)) await pod[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pod of this.#pods) await this.remove(pod);
    await ip("link", "delete", this.#bridge);
  }
}

/** The process whose network it is. */
function networkOf(pod: Pod): string {
  const [, target] = pod.inside("true");
  return target!.replace("--target=", "");
}

async function ip(...words: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("ip", { args: words }).output();
  assert.equal(code, 0, `ip ${words.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
