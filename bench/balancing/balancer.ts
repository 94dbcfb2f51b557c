/** HAProxy and nginx as `deploy/` configures them, on a host of their own. */
import { join } from "node:path";
import { PORTS } from "./clip_server.ts";
import { haproxyStates, type ServerState } from "./haproxy_states.ts";
import { installedVersion, isSince } from "./installed_version.ts";
import type { Host } from "./network.ts";

/** Which program. */
export type BalancerName = "haproxy" | "nginx";

/** What of its file is different here. */
export interface BalancerOptions {
  /** TLS goes through to the servers, instead of ending here. */
  passthrough?: boolean;
  /** Nothing is sent again. */
  withoutRetries?: boolean;
  /** Seconds in place of the minute after which nginx gives a request up. */
  readTimeoutS?: number;
}

/** Where the certificate of the balancer is: `clip.crt`, `clip.key`, and `clip.pem` with both. */
const CERTIFICATES = ["clip.pem", "clip.crt", "clip.key"] as const;

/** A balancer that runs; `await using` ends it. */
export class Balancer {
  readonly host: Host;
  readonly name: BalancerName;
  readonly #child: Deno.ChildProcess;
  readonly #file: string;
  #text: string;
  readonly #said: Promise<string>;

  private constructor(
    host: Host,
    name: BalancerName,
    child: Deno.ChildProcess,
    file: string,
    text: string,
  ) {
    this.host = host;
    this.name = name;
    this.#child = child;
    this.#file = file;
    this.#text = text;
    this.#said = new Response(child.stderr).text();
  }

  /**
   * Starts it; resolves when its port is open.
   * @param folder for its files, with the certificate.
   * @throws {Error} with its log, if it ends.
   */
  static async start(
    host: Host,
    name: BalancerName,
    folder: string,
    options: BalancerOptions = {},
  ): Promise<Balancer> {
    const own = await Deno.makeTempDir({ dir: folder, prefix: `${name}-` });
    const text = configuration(name, folder, own, { ...options, ...await ways(name) });
    const file = join(own, "balancer.conf");
    await Deno.writeTextFile(file, text);
    const words = name === "haproxy"
      ? ["haproxy", "-W", "-db", "-f", file]
      : ["nginx", "-p", own, "-c", file, "-e", "stderr", "-g", "daemon off;"];
    // Workers do not end with their master, but with the first process of their namespace.
    const isolated = ["unshare", ...(Deno.uid() === 0 ? [] : ["-r"]), "-pf", "--kill-child", "--"];
    const [program, ...args] = host.within([...isolated, ...words]);
    const child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const balancer = new Balancer(host, name, child, file, text);
    await balancer.#open();
    return balancer;
  }

  /** Adds a server to every list of its file, and reloads it. */
  async add({ address }: Host): Promise<void> {
    const lines = this.#text.split("\n").flatMap((line) => {
      const third = /^(\s*server )(?:clip3 )?10\.0\.0\.13:/.test(line);
      if (!third) return [line];
      return [line, line.replace("clip3", "clip4").replace("10.0.0.13", address)];
    });
    this.#text = lines.join("\n");
    await Deno.writeTextFile(this.#file, this.#text);
    this.reload();
  }

  /** Has it read its files again. */
  reload(): void {
    const master = Number(Deno.readTextFileSync(
      `/proc/${this.#child.pid}/task/${this.#child.pid}/children`,
    ));
    Deno.kill(master, this.name === "haproxy" ? "SIGUSR2" : "SIGHUP");
  }

  /** What HAProxy says of its servers, by `BACKEND/SERVER`. */
  states(): Promise<Map<string, ServerState>> {
    return haproxyStates(join(this.#file, "..", "admin.sock"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#said;
  }

  /** What it has logged, once it has ended. */
  get said(): Promise<string> {
    return this.#said;
  }

  async #open(): Promise<void> {
    const url = `http://${this.host.address}:${PORTS.http}/healthz/live`;
    let ended = false;
    this.#child.status.then(() => ended = true);
    for (let asked = 0; asked < MOST_ASKED; asked++) {
      if (ended) throw new Error(`${this.name} ended: ${await this.#said}`);
      const [program, ...args] = this.host.within(["curl", "-sk", "--max-time", "5", url]);
      const { code } = await new Deno.Command(program, { args }).output();
      // Anything but refused: with TLS that passes through there is no plain HTTP.
      if (code !== REFUSED) return;
    }
    throw new Error(`${this.name} opens no port`);
  }
}

/** curl's exit code for a connection that was refused. */
const REFUSED = 7;
/** A program starts in a few of these, each of which is a process. */
const MOST_ASKED = 1000;

/** What versions of a balancer differ in. */
interface Ways {
  /** HTTP/2 is a line of its own in nginx's file, and not a word of another. */
  http2On: boolean;
}

/** Those of the one that is installed. */
async function ways(name: BalancerName): Promise<Ways> {
  return { http2On: name === "nginx" && isSince(await installedVersion(name), [1, 25, 1]) };
}

/**
 * The file of `deploy/`, with the paths and users of this machine.
 * @param folder with the certificates.
 * @param own for sockets and other files of the balancer's.
 */
export function configuration(
  name: BalancerName,
  folder: string,
  own: string,
  { passthrough = false, withoutRetries = false, readTimeoutS, http2On = false }:
    & BalancerOptions
    & Partial<Ways>,
): string {
  const suffix = name === "haproxy" ? "cfg" : "conf";
  const file = `deploy/${name}/${passthrough ? "passthrough" : name}.${suffix}`;
  let text = Deno.readTextFileSync(new URL(`../../${file}`, import.meta.url));
  const put = (old: RegExp, now: string) => {
    if (!old.test(text)) throw new Error(`${file} has no ${old}`);
    text = text.replace(old, now);
  };
  const [both, certificate, key] = CERTIFICATES.map((path) => join(folder, path));
  if (name === "haproxy") {
    put(/^ {2}(user|group) haproxy$/gm, "");
    put(/\/run\/haproxy\/admin\.sock/, join(own, "admin.sock"));
    if (!passthrough) put(/\/etc\/haproxy\/clip\.pem/g, both!);
    if (withoutRetries) {
      put(/^ {2}retries 3$/m, "  retries 0");
      if (!passthrough) put(/^ {2}retry-on .+$/m, "  retry-on none");
      put(/^ {2}option redispatch 1$/m, "");
    }
    return text;
  }
  // Bodies that wait in files are in a folder of this user's.
  put(/^user www-data;$/m, Deno.uid() === 0 ? "user root;" : "");
  put(/\/run\/nginx\.pid/, join(own, "nginx.pid"));
  if (!passthrough) {
    put(/\/etc\/nginx\/clip\/fullchain\.pem/, certificate!);
    put(/\/etc\/nginx\/clip\/privkey\.pem/, key!);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((kind) => `  ${kind}_temp_path ${own}/${kind};\n`).join("");
    put(/^ {2}access_log off;\n/m, `  access_log off;\n${temporary}`);
    if (http2On) {
      put(/ http2;$/gm, ";");
      put(/# http2 on;/, "http2 on;");
    }
    if (withoutRetries) {
      put(/next_upstream error timeout non_idempotent/g, "next_upstream off");
    }
    if (readTimeoutS !== undefined) {
      put(/(_read|_send|_body)_timeout 60s/g, `$1_timeout ${readTimeoutS}s`);
    }
  } else {
    put(/load_module modules\//, "load_module /usr/lib/nginx/modules/");
    if (withoutRetries) put(/proxy_next_upstream_tries 3/, "proxy_next_upstream off");
  }
  return text;
}
