/**
 * The exporter's own variables. The packages read them themselves and pass over in silence what they
 * cannot read (@opentelemetry/core@3.1.0, @opentelemetry/otlp-exporter-base@0.301.0): here it is told.
 */
import type { ExporterProtocol } from "./endpoint.ts";
import type { EnvironmentReader } from "./environment_reader.ts";

const DEFAULT_TIMEOUT_MS = 10_000;

/** What a header's name and its value may be made of (RFC 9110; of gRPC what grpc-js takes). */
const LEGAL = {
  http: { name: /^[\w!#$%&'*+.^`|~-]+$/, value: /^[\t\x20-\x7e\x80-\xff]*$/ },
  grpc: { name: /^(?!.*-bin$)[\w.-]+$/i, value: /^[\x20-\x7e]*$/ },
};

/** A variable of the exporter: the one for traces wins over the one for all signals. */
export function exporterVariables(suffix: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
}

/** Milliseconds that the collector has for an answer. */
export function timeoutOf(reader: EnvironmentReader): number {
  const said = exporterVariables("TIMEOUT").map((name) => reader.whole(name, 1));
  return said.find((value) => value !== undefined) ?? DEFAULT_TIMEOUT_MS;
}

/**
 * Whether the headers that the collector is to get can be sent. They are keys as a rule, so none of
 * them is shown.
 */
export function headersCanBeSent(reader: EnvironmentReader, protocol: ExporterProtocol): boolean {
  const legal = LEGAL[protocol === "grpc" ? "grpc" : "http"];
  let can = true;
  for (const name of exporterVariables("HEADERS")) {
    for (const [i, entry] of (reader.text(name)?.split(",") ?? []).entries()) {
      if (entry.trim() === "") continue;
      const which = `${name}: entry ${i + 1}`;
      const [pair] = entry.split(";", 1) as [string];
      if (pair.length < entry.length) {
        reader.warnings.push(`${which} ends at its ';', which is written %3B where it is meant`);
      }
      const header = headerOf(pair);
      if (header === undefined) {
        reader.warnings.push(
          `${which} is passed over; expected name=value, percent-encoded, with commas between`,
        );
      } else if (!legal.name.test(header.name) || !legal.value.test(header.value)) {
        reader.warnings.push(`${which} has what no header may have, so nothing is traced`);
        can = false;
      }
    }
  }
  return can;
}

/** Says what is passed over of the others. @param url where spans go; undefined: to a bare host. */
export function lookAtOthers(reader: EnvironmentReader, url: string | undefined): void {
  for (const name of exporterVariables("COMPRESSION")) {
    // The packages take nothing else, capital letters neither.
    if (!["none", "gzip", undefined].includes(reader.text(name))) {
      reader.passOver(name, "gzip or none");
    }
  }
  for (const name of exporterVariables("INSECURE")) {
    if (reader.choice(name, ["true", "false"]) === "true" && url?.startsWith("https:")) {
      reader.passOver(name, "http: in the address, which says https:");
    }
  }
}

/** As the packages read it (parsePairKeyValue). */
function headerOf(pair: string): { name: string; value: string } | undefined {
  const at = pair.indexOf("=");
  try {
    const name = decodeURIComponent(pair.slice(0, Math.max(at, 0)).trim());
    const value = decodeURIComponent(pair.slice(at + 1).trim());
    return name === "" || value === "" ? undefined : { name, value };
  } catch {
    return undefined;
  }
}
