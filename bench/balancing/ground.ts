/** The hosts of a measurement: servers, a balancer and clients, each on its own. */
import { join } from "node:path";
import { Balancer, type BalancerName, type BalancerOptions } from "./balancer.ts";
import { ClipServer, type ClipServerOptions } from "./clip_server.ts";
import { type Load, startLoads } from "./load.ts";
import { type Host, Network } from "./network.ts";

/** Servers that are there from the beginning. */
export const SERVERS = 3;
/** The last part of the address of the first one, as `deploy/` has it. */
const FIRST_SERVER = 11;
/** The last parts of the balancers' addresses. */
const BALANCERS = { haproxy: 2, nginx: 3 } as const;
const CLIENTS = 100;

/** Seconds that a server takes to leave: twice what HAProxy's checks take to see it. */
const SHUTDOWN_DELAY_S = 3;

/** What a ground is made with. */
export interface GroundOptions {
  /** Of clip_client 0.8.3. */
  python: string;
  /** TLS goes through the balancer, and ends at the servers. */
  passthrough?: boolean;
  /** More keys of the servers' flow. */
  gateway?: Record<string, unknown>;
}

/** Servers and clients; `await using` takes all away. */
export class Ground {
  readonly servers: ClipServer[] = [];
  readonly loads: Load[];
  readonly folder: string;
  readonly #network: Network;
  readonly #clients: Host;
  readonly #options: GroundOptions;
  readonly #balancers = new Map<BalancerName, Host>();
  #serial = 1;

  private constructor(
    network: Network,
    clients: Host,
    folder: string,
    loads: Load[],
    options: GroundOptions,
  ) {
    this.#network = network;
    this.#clients = clients;
    this.folder = folder;
    this.loads = loads;
    this.#options = options;
  }

  /** Starts the servers and the clients' processes. */
  static async open(options: GroundOptions): Promise<Ground> {
    const folder = await Deno.makeTempDir({ prefix: "clipline-cluster-" });
    const network = await Network.open();
    try {
      await makeAuthority(folder);
      await makeCertificate(folder, 1);
      const clients = await network.add("clients", CLIENTS);
      const loads = await startLoads({
        host: clients,
        python: options.python,
        certificate: join(folder, "ca.crt"),
        folder,
      });
      const ground = new Ground(network, clients, folder, loads, options);
      for (const [name, number] of Object.entries(BALANCERS)) {
        ground.#balancers.set(name as BalancerName, await network.add(name, number));
      }
      const servers = [];
      for (let i = 0; i < SERVERS; i++) servers.push(await ground.addServer());
      await Promise.all(servers.map((server) => server.start()));
      return ground;
    } catch (thrown) {
      await network[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
      throw thrown;
    }
  }

  /** A server more, which is not started. */
  async addServer(): Promise<ClipServer> {
    const number = FIRST_SERVER + this.servers.length;
    const host = await this.#network.add(`clip${this.servers.length + 1}`, number);
    const { passthrough, gateway } = this.#options;
    const tls = passthrough
      ? { ssl_certfile: join(this.folder, "clip.crt"), ssl_keyfile: join(this.folder, "clip.key") }
      : {};
    const options: ClipServerOptions = {
      gateway: { ...gateway, ...tls },
      env: { SHUTDOWN_DELAY: String(SHUTDOWN_DELAY_S) },
    };
    const server = new ClipServer(host, options);
    this.servers.push(server);
    return server;
  }

  /** Starts a balancer. */
  async balance(name: BalancerName, options: BalancerOptions = {}): Promise<Balancer> {
    const { passthrough = false } = this.#options;
    return await Balancer.start(this.#balancers.get(name)!, name, this.folder, {
      ...options,
      passthrough,
    });
  }

  /** Where a load's clients find it: one port with TLS, or the servers' own where TLS passes. */
  url({ scheme }: Load, { host }: Balancer): string {
    const port = !this.#options.passthrough ? 443 : scheme === "grpc" ? 51000 : 51001;
    return `${scheme}s://${host.address}:${port}`;
  }

  /** Sends six requests of so many bytes each at a time, through a balancer; their statuses. */
  async post({ host }: Balancer, bytes: number): Promise<number[]> {
    const body = join(this.folder, `request-${bytes}.json`);
    // Blanks cost nothing but their way.
    await Deno.writeTextFile(body, JSON.stringify({ data: [{ text: "a" }] }).padEnd(bytes));
    const words = ["curl", "-sZ", "--parallel-immediate", "--http1.1", "--max-time", "60"];
    words.push("-w", "%{http_code}\n", "--cacert", join(this.folder, "ca.crt"));
    words.push("-H", "content-type: application/json", "--data-binary", `@${body}`);
    for (let i = 0; i < 6; i++) words.push("-o", "/dev/null", `https://${host.address}/encode`);
    return (await printed(this.#clients, words)).trim().split("\n").map(Number);
  }

  /** Replaces the certificate, as its renewal does. @returns its serial number. */
  async renew(): Promise<number> {
    await makeCertificate(this.folder, ++this.#serial);
    return this.#serial;
  }

  /** The serial number of the certificate that a balancer shows to clients. */
  async shown({ host }: Balancer): Promise<number> {
    const look = `openssl s_client -connect ${host.address}:443 </dev/null 2>/dev/null`;
    const words = ["sh", "-c", `${look} | openssl x509 -noout -serial`];
    const said = await printed(this.#clients, words);
    return Number.parseInt(said.trim().replace("serial=", ""), 16);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.loads.map((load) => load.close()));
    for (const server of this.servers) await server[Symbol.asyncDispose]();
    await this.#network[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** What a program prints that runs on a host. */
async function printed(host: Host, words: readonly string[]): Promise<string> {
  const [program, ...args] = host.within(words);
  const { stdout } = await new Deno.Command(program, { args }).output();
  return new TextDecoder().decode(stdout);
}

/** Whom clients trust: `ca.crt` and its key. */
async function makeAuthority(folder: string): Promise<void> {
  await openssl(folder, "req", "-x509", ...NEW_KEY, "ca.key", "-out", "ca.crt", "-subj", "/CN=ca");
  const names = Object.values(BALANCERS).map((number) => `IP:10.0.0.${number}`).join(",");
  const extensions = `subjectAltName=${names}\nbasicConstraints=critical,CA:FALSE\n`;
  await Deno.writeTextFile(join(folder, "extensions"), extensions);
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"];

/** `clip.crt`, `clip.key` and both in `clip.pem`, for the balancers' addresses. */
async function makeCertificate(folder: string, serial: number): Promise<void> {
  await openssl(folder, "req", ...NEW_KEY, "clip.key", "-out", "clip.csr", "-subj", "/CN=clip");
  const issuer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", String(serial)];
  const made = ["-in", "clip.csr", "-extfile", "extensions", "-out", "clip.crt"];
  await openssl(folder, "x509", "-req", ...issuer, ...made);
  const parts = ["clip.crt", "clip.key"].map((name) => Deno.readTextFileSync(join(folder, name)));
  await Deno.writeTextFile(join(folder, "clip.pem"), parts.join(""));
}

async function openssl(cwd: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, cwd }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
