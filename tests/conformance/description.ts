/** Schemathesis: requests made of the API's description, good ones and bad ones, and what comes of them. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "../support/python_environment.ts";

const LIST = new URL("schemathesis.txt", import.meta.url);
const CONFIG = fileURLToPath(new URL("schemathesis.toml", import.meta.url));

/** How much is asked. */
export interface DescriptionRun {
  /** Requests made up for each operation, beside those that cover each rule of its schema. */
  examples: number;
  seed: number;
  /** Of its phases, comma-separated; default all but the one that needs links between operations. */
  phases?: string;
  /** Further words of its command line. */
  more?: readonly string[];
}

/**
 * Compares a running server with its description, with every check that Schemathesis has.
 * @returns whether there was no failure, and its report
 */
export async function checkDescription(
  url: string,
  { examples, seed, phases = "examples,coverage,fuzzing", more = [] }: DescriptionRun,
): Promise<{ success: boolean; report: string }> {
  const bin = dirname(await pythonEnvironment(LIST));
  const { success, stdout, stderr } = await new Deno.Command(join(bin, "schemathesis"), {
    args: [
      ...["--config-file", CONFIG],
      ...["run", `${url}/openapi.json`, "--checks", "all", "--mode", "all", "--no-color"],
      ...["--max-examples", String(examples), "--seed", String(seed), "--phases", phases],
      ...["--generation-database", "none", "--continue-on-failure", ...more],
    ],
    cwd: await Deno.makeTempDir(),
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { success, report: decoder.decode(stdout) + decoder.decode(stderr) };
}
