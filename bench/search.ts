// deno-lint-ignore-file no-console -- a command-line program
/**
 * What the indexes hold, and how fast and how well they search, beside annlite (the index of
 * clip-as-service) and exact search with numpy: in one run, on the same vectors, which lie in
 * clusters as embeddings do.
 *
 *     deno task bench:search [--documents 1000000] [--only embedded,annlite] [--quick] [--write]
 *
 * Needs a Python 3.10 for annlite; the first run installs 300 MB and makes 0.2 to 2 GB of vectors
 * below `~/.cache/clipline-search-bench` (`CLIPLINE_SEARCH_BENCH`). `--quick` only shows that
 * everything runs. `--write` puts the tables into docs/search.md.
 */
import { availableParallelism, cpus, homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pythonEnvironment } from "../tests/support/python_environment.ts";
import { writeMeasured } from "./page.ts";
import { FILTERS } from "./search/columns.ts";
import { Contestant } from "./search/contestant.ts";
import { dataFiles } from "./search/data_files.ts";
import { type EmbeddingCost, embeddingCost } from "./search/embedding_cost.ts";
import { type Effort, type Figures, measureKept, measureRead } from "./search/measure.ts";
import { EXACT, exactPlan, OURS, PLANS } from "./search/plans.ts";
import { aimsTable, figuresTable } from "./search/table.ts";

const PAGE = new URL("../docs/search.md", import.meta.url);
const REQUIREMENTS = new URL("./search/python/requirements.txt", import.meta.url);

const FULL: Omit<Effort, "count"> = {
  batch: 100,
  insertSeconds: 3600,
  searches: 1000,
  filtered: 200,
  searchSeconds: 60,
};

const QUICK: typeof FULL = { ...FULL, searches: 100, filtered: 20, searchSeconds: 5 };

const log = (text: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);

async function commit(): Promise<string> {
  const { stdout } = await new Deno.Command("git", {
    args: ["rev-parse", "--short", "HEAD"],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function conditions(count: number): Promise<string> {
  const load = Deno.loadavg().map((value) => value.toFixed(1)).join(", ");
  return `${count.toLocaleString("en")} vectors of 512 numbers. ${
    cpus()[0]?.model ?? "unknown CPU"
  }, ` +
    `${availableParallelism()} cores; load of the machine at the end (1, 5, 15 minutes) ${load}. ` +
    `Deno ${Deno.version.deno}, commit ${await commit()}, ${
      new Date().toISOString().slice(0, 10)
    }. ` +
    `Command: \`deno task bench:search ${Deno.args.join(" ")}`.trimEnd() + "`";
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      documents: { type: "string", default: "100000" },
      only: { type: "string", default: Object.keys(PLANS).join(",") },
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      python: { type: "string", default: "3.10" },
    },
  });
  const count = Number(values.documents);
  const effort: Effort = { ...values.quick ? QUICK : FULL, count };
  const cache = Deno.env.get("CLIPLINE_SEARCH_BENCH") ??
    join(homedir(), ".cache", "clipline-search-bench");
  const files = await dataFiles(cache, count, log);
  const python = await pythonEnvironment(REQUIREMENTS, values.python);

  const exact = new Contestant(exactPlan(python), files, count);
  await exact.open();
  const filters = [undefined, ...FILTERS.map(({ filter }) => filter)];
  const [all, ...filtered] = await exact.nearest(filters);
  const truth = { all: all!, filtered };
  const baseline = await measureRead(exact, EXACT, truth, effort, log);
  await exact.close();

  const others: Figures[] = [baseline];
  const failures: string[] = [];
  let ours: Figures | undefined;
  let cost: EmbeddingCost | undefined;
  for (const key of values.only.split(",")) {
    const make = PLANS[key];
    if (!make) throw new Error(`There is no '${key}': choose of ${Object.keys(PLANS)}`);
    const folder = join(cache, `run-${key}`);
    await Deno.remove(folder, { recursive: true }).catch(() => undefined);
    await Deno.mkdir(folder);
    try {
      await using made = await make(folder, python);
      const own = made.plan.name === OURS;
      const figures = await measureKept(
        made.plan,
        files,
        truth,
        effort,
        log,
        async (contestant) => {
          if (own) cost = await embeddingCost(contestant, values.quick ? 1 : 3);
        },
      );
      if (own) ours = figures;
      else others.push(figures);
    } catch (error) {
      failures.push(`${key}: ${(error as Error).message}`);
      log(`FAILED: ${failures.at(-1)}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  const text = [
    figuresTable([...ours ? [ours] : [], ...others]),
    ...ours ? [aimsTable(ours, others, cost)] : [],
    ...failures.map((failure) => `- Failed: ${failure.split("\n")[0]}`),
    await conditions(count),
  ].join("\n\n");
  console.log(text);
  if (values.write) await writeMeasured(PAGE, `search-${count}`, text);
  if (failures.length > 0) Deno.exitCode = 1;
}
