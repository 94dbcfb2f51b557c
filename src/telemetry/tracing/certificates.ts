/** The files of certificates that the exporter is told of: it goes on without those it cannot read. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { EnvironmentReader, type Variables } from "./environment_reader.ts";
import { exporterVariables } from "./exporter_variables.ts";

/** What is in such a file, and how that is known. */
const CONTENTS: Readonly<Record<string, { what: string; parse: (pem: string) => unknown }>> = {
  CERTIFICATE: { what: "a certificate in PEM", parse: (pem) => new X509Certificate(pem) },
  CLIENT_CERTIFICATE: { what: "a certificate in PEM", parse: (pem) => new X509Certificate(pem) },
  CLIENT_KEY: { what: "a private key in PEM", parse: (pem) => createPrivateKey(pem) },
};

/**
 * What is wrong with them, a line each.
 * @param readText of a file; its errors are told.
 */
export function certificateTrouble(env: Variables, readText: (path: string) => string): string[] {
  const reader = new EnvironmentReader(env);
  const chosen = (suffix: string) => reader.firstOf(...exporterVariables(suffix));
  for (const [suffix, { what, parse }] of Object.entries(CONTENTS)) {
    const name = chosen(suffix);
    if (name === undefined) continue;
    try {
      parse(readText(reader.text(name)!));
    } catch (thrown) {
      const why = thrown instanceof Deno.errors.NotFound
        ? "there is no such file"
        : thrown instanceof Deno.errors.PermissionDenied
        ? "it may not be read"
        : "it holds something else";
      reader.passOver(name, `the path of ${what}: ${why}`);
    }
  }
  const [certificate, key] = [chosen("CLIENT_CERTIFICATE"), chosen("CLIENT_KEY")];
  if ((certificate === undefined) !== (key === undefined)) {
    reader.passOver((certificate ?? key)!, "certificate and key of the client together");
  }
  return reader.warnings;
}
