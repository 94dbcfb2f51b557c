// deno-lint-ignore-file no-console -- a command-line program
/**
 * The API's description against the server, for long: Schemathesis with many examples and another
 * seed each time. Ends with code 1 if they differ.
 *
 *     deno task bench:description [--examples 2000] [--seed N]
 */
import { parseArgs } from "node:util";
import { checkDescription } from "../tests/conformance/description.ts";
import { onnxModel } from "../tests/support/onnx_model.ts";
import { Served } from "./serving/served.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: { examples: { type: "string", default: "2000" }, seed: { type: "string" } },
});
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint16Array(1))[0]);
const server = await Served.startFiles(await onnxModel("rn-a"));
const { success, report } = await checkDescription(`http://${server.addresses.http}`, {
  examples: Number(values.examples),
  seed,
});
await server.stop();
console.log(report);
Deno.exitCode = success ? 0 : 1;
