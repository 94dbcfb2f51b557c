/** Certificates for tests, made by `openssl` in a directory that is taken away again. */
import { join } from "node:path";

/** A directory of certificates; `using` removes it. */
export class Certificates {
  readonly directory = Deno.makeTempDirSync({ prefix: "clipline-tls-" });

  /** The path of a file here. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** Runs openssl here. */
  openssl(...args: string[]): void {
    const { success, stderr } = new Deno.Command("openssl", { args, cwd: this.directory })
      .outputSync();
    if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  }

  /** `NAME.crt` and `NAME.key`, self-signed for 127.0.0.1 and localhost, with `CN=NAME`. */
  selfSigned(name: string, ...key: string[]): void {
    const kind = key.length > 0
      ? key
      : ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    this.openssl(
      ...["req", "-x509", ...kind, "-keyout", `${name}.key`, "-out", `${name}.crt`],
      ...["-days", "30", "-subj", `/CN=${name}`],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      // Some clients take no authority for a server.
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
    );
  }

  /** `leaf.key` and `leaf.crt`, which holds the intermediate too, under the root `root.crt`. */
  chain(): void {
    this.openssl(
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", "root.key", "-out", "root.crt", "-days", "30", "-subj", "/CN=root"],
    );
    this.#issue("between", "root", "basicConstraints=critical,CA:TRUE");
    this.#issue("leaf", "between", "subjectAltName=DNS:localhost,IP:127.0.0.1");
    const parts = ["leaf.crt", "between.crt"].map((name) => Deno.readTextFileSync(this.path(name)));
    Deno.writeTextFileSync(this.path("leaf.crt"), parts.join(""));
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }

  #issue(name: string, by: string, extension: string): void {
    Deno.writeTextFileSync(this.path(`${name}.ext`), `${extension}\n`);
    this.openssl(
      ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`],
    );
    this.openssl(
      ...["x509", "-req", "-in", `${name}.csr`, "-CA", `${by}.crt`, "-CAkey", `${by}.key`],
      ...["-CAcreateserial", "-out", `${name}.crt`, "-days", "30", "-extfile", `${name}.ext`],
    );
  }
}
