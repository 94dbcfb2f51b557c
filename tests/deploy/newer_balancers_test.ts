/**
 * HAProxy 3.0 and nginx 1.26, as Debian 13 has them, find nothing to warn of in any configuration
 * that is shipped, exported or shown. What runs in other tests are Debian 12's.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { configuration } from "../../bench/balancing/balancer.ts";
import { planFlow } from "../../src/cli/export/plan_flow.ts";
import { balancerConfig } from "../../src/deployment/compose/balancer_config.ts";
import { codeBlocks } from "../docs/code_blocks.ts";
import { Certificates } from "../support/certificates.ts";
import { DebianPrograms } from "../support/debian_programs.ts";

const PACKAGES = [
  ...["haproxy", "nginx", "libnginx-mod-stream", "libc6", "libcrypt1", "libgcc-s1", "libjemalloc2"],
  ...["liblua5.4-0", "libopentracing-c-wrapper0t64", "libopentracing1", "libpcre2-8-0"],
  ...["libssl3t64", "libstdc++6", "libzstd1", "zlib1g"],
];

/** Somewhere for the files, with the certificate that they name. */
function place(): Certificates {
  const certificates = new Certificates();
  certificates.selfSigned("clip");
  const parts = ["clip.crt", "clip.key"].map((name) =>
    Deno.readTextFileSync(certificates.path(name))
  );
  Deno.writeTextFileSync(certificates.path("clip.pem"), parts.join(""));
  return certificates;
}

/** What it says of a file; it has to be content. */
async function said([program, ...args]: readonly string[]): Promise<string> {
  const { success, stderr } = await new Deno.Command(program!, { args }).output();
  const text = new TextDecoder().decode(stderr);
  assert.ok(success, text);
  return text;
}

Deno.test("HAProxy of Debian 13 has nothing to warn of", async () => {
  const debian = await DebianPrograms.of("trixie", PACKAGES);
  using files = place();
  const tls = { ssl_certfile: files.path("clip.crt"), ssl_keyfile: files.path("clip.key") };
  const texts = new Map<string, string>();
  for (const passthrough of [false, true]) {
    const text = configuration("haproxy", files.directory, files.directory, { passthrough });
    texts.set(`passthrough ${passthrough}`, text);
    texts.set(
      `passthrough ${passthrough}, by name`,
      text.replace(/^ {2}server clip.+\n/gm, "").replace(/^ {2}# (?=server-template)/gm, "  ")
        .replaceAll("init-addr libc,none", "init-addr none"),
    );
  }
  for (const protocol of [["grpc"], ["http"], ["grpc", "http", "websocket"]]) {
    for (const more of [{}, tls]) {
      const flow = JSON.stringify({
        jtype: "Flow",
        with: { port: protocol.map((name) => name === "grpc" ? 51000 : 51001), protocol, ...more },
        executors: [{ uses: "CLIPEncoder", name: "clip" }],
      });
      await Deno.writeTextFile(files.path("flow.yml"), flow);
      const replicas = { least: 3, most: 3 };
      const { plan } = await planFlow(files.path("flow.yml"), { replicas });
      texts.set(`${protocol}, TLS ${more === tls}`, balancerConfig(plan));
    }
  }
  const page = await Deno.readTextFile(new URL("../../docs/immich.md", import.meta.url));
  const [block] = codeBlocks(page, "docs/immich.md")
    .filter(({ language }) => language === "haproxy");
  texts.set("docs/immich.md", block!.text);
  for (const [name, text] of texts) {
    // Of all name servers it wants a way to them.
    const own = text.replace("parse-resolv-conf", "nameserver here 127.0.0.1:53");
    await Deno.writeTextFile(files.path("haproxy.cfg"), own);
    const words = debian.words("usr/sbin/haproxy", ["-dW", "-c", "-f", files.path("haproxy.cfg")]);
    await said(words).catch((thrown) => assert.fail(`${name}: ${thrown.message}`));
  }
});

Deno.test("nginx of Debian 13 has nothing to warn of, with `http2 on` in place of the old word", async () => {
  const debian = await DebianPrograms.of("trixie", PACKAGES);
  using files = place();
  for (const passthrough of [false, true]) {
    const options = { passthrough, http2On: true };
    const own = configuration("nginx", files.directory, files.directory, options)
      .replace("/usr/lib/nginx", join(debian.root, "usr/lib/nginx"));
    await Deno.writeTextFile(files.path("nginx.conf"), own);
    const words = ["-p", files.directory, "-c", files.path("nginx.conf"), "-e", "stderr", "-t"];
    // On a host of its own: it opens the ports of what it tests.
    const isolated = ["unshare", "-n", ...(Deno.uid() === 0 ? [] : ["-r"]), "--"];
    const text = await said([...isolated, ...debian.words("usr/sbin/nginx", words)]);
    assert.doesNotMatch(text, /\[warn\]/);
  }
});
