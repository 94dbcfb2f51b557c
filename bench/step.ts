/**
 * Benches that measure memory do each step in a process of its own: the step is a module that reads
 * its task from the command line and prints its answer as one line of JSON.
 */

/**
 * Runs a step.
 * @param module URL of the step's module
 * @throws {Error} with the step's exit code if it fails; its standard error is passed on
 */
export async function runStep<T>(
  module: URL,
  task: unknown,
  env: Record<string, string> = {},
): Promise<T> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", module.href, JSON.stringify(task)],
    env,
    stderr: "inherit",
  });
  const { code, stdout } = await child.output();
  if (code !== 0) throw new Error(`${module.pathname} ended with code ${code}`);
  return JSON.parse(new TextDecoder().decode(stdout)) as T;
}

/** The task of this process. */
export function stepTask<T>(): T {
  return JSON.parse(Deno.args[0] ?? "{}") as T;
}

/** Answers; to be called once. */
export function answerStep(answer: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
}
