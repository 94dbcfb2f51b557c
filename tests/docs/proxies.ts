/** The proxies of docs/deployment.md, run as its blocks of code configure them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Certificates } from "../support/certificates.ts";
import { ownPort } from "../support/own_port.ts";
import { codeBlocks } from "./code_blocks.ts";
import { ROOT } from "./demo_program.ts";

const PAGE = "docs/deployment.md";

/** What a proxy stands before, on this machine. */
interface Ports {
  grpc: number;
  /** Of HTTP or WebSocket. */
  http: number;
}

/** Where a proxy listens, and its files. */
interface Place {
  port: number;
  /** `proxy.crt` and `proxy.key`; the folder is the proxy's own, too. */
  certificates: Certificates;
}

/** How a proxy is started. */
interface ProxyKind {
  program: string;
  /** Writes its configuration around the block; the words of its command line. */
  configure(block: string, place: Place): string[];
}

/** By the language of their blocks. */
export const PROXIES: Readonly<Record<string, ProxyKind>> = {
  nginx: {
    program: "nginx",
    configure(block, { port, certificates }) {
      const folder = certificates.directory;
      const server = replaced(block, [
        ["listen 443 ", `listen 127.0.0.1:${port} `],
        ["/etc/ssl/clip/fullchain.pem", certificates.path("proxy.crt")],
        ["/etc/ssl/clip/privkey.pem", certificates.path("proxy.key")],
      ]);
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((name) => `  ${name}_temp_path ${folder}/${name};\n`).join("");
      const file = certificates.path("nginx.conf");
      Deno.writeTextFileSync(
        file,
        `daemon off;\nmaster_process off;\npid ${folder}/nginx.pid;\nevents {}\n` +
          `http {\n  access_log off;\n${temporary}${server}}\n`,
      );
      return ["-p", folder, "-c", file, "-e", "stderr"];
    },
  },
  caddyfile: {
    program: "caddy",
    configure(block, { port, certificates }) {
      const site = replaced(block, [[
        "clip.example {",
        `https://localhost:${port} {\n\ttls ${certificates.path("proxy.crt")} ` +
        certificates.path("proxy.key"),
      ]]);
      const file = certificates.path("Caddyfile");
      Deno.writeTextFileSync(file, `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
      return ["run", "--adapter", "caddyfile", "--config", file];
    },
  },
};

/** A proxy in a process of its own; `await using` ends it. */
export class RunningProxy {
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #said: Promise<string>;

  private constructor(port: number, child: Deno.ChildProcess) {
    this.port = port;
    this.#child = child;
    this.#said = new Response(child.stderr).text();
  }

  /** Starts it; it may not listen yet. */
  static async start(
    language: string,
    { grpc, http }: Ports,
    certificates: Certificates,
  ): Promise<RunningProxy> {
    const port = await ownPort();
    const { program, configure } = PROXIES[language]!;
    const block = replaced(blockOf(language), [
      ["127.0.0.1:51000", `127.0.0.1:${grpc}`],
      ["127.0.0.1:51001", `127.0.0.1:${http}`],
    ]);
    const child = new Deno.Command(program, {
      args: configure(block, { port, certificates }),
      env: { HOME: certificates.directory, XDG_DATA_HOME: certificates.directory },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    return new RunningProxy(port, child);
  }

  /** Throws with its last words if it has ended. */
  readonly said = async (): Promise<undefined> => {
    const ended = await Promise.race([this.#child.status, new Promise((go) => setTimeout(go))]);
    if (ended) throw new Error(await this.#said);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await this.#said;
  }
}

/** The one block of that language. */
function blockOf(language: string): string {
  const blocks = codeBlocks(Deno.readTextFileSync(join(ROOT, PAGE)), PAGE)
    .filter((block) => block.language === language);
  assert.equal(blocks.length, 1);
  return blocks[0]!.text;
}

/** The text with what is there once or more replaced by what holds here. */
function replaced(text: string, pairs: readonly (readonly [string, string])[]): string {
  for (const [old, now] of pairs) {
    assert.ok(text.includes(old), old);
    text = text.replaceAll(old, now);
  }
  return text;
}
