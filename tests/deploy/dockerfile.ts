/** Dockerfiles, as far as ours goes: stages of instructions, and what `.dockerignore` leaves out. */

/** One instruction. */
export interface Instruction {
  /** In capitals. */
  name: string;
  /** The rest of it, continued lines joined as Docker joins them. */
  value: string;
}

/** The instructions of each stage, the first of which is its `FROM`. */
export function dockerStages(text: string): Instruction[][] {
  const lines = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
  const whole = lines.join("\n").replace(/\\\n/g, "");
  const stages: Instruction[][] = [];
  for (const line of whole.split("\n")) {
    const match = /^\s*([A-Za-z]+)\s+([\s\S]*)$/.exec(line);
    if (!match) continue;
    const instruction = { name: match[1]!.toUpperCase(), value: match[2]!.trim() };
    if (instruction.name === "FROM") stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

/** The values of a stage's instructions of one name. */
export function valuesOf(stage: readonly Instruction[], name: string): string[] {
  return stage.filter((instruction) => instruction.name === name).map(({ value }) => value);
}

/**
 * Whether a path of the project stays out of the build. Knows names, paths and `*.ending` in the
 * project's root; nothing else stands in our file.
 */
export function isIgnored(path: string, dockerignore: string): boolean {
  const patterns = dockerignore.split("\n").map((line) => line.trim()).filter(Boolean);
  return patterns.some((pattern) =>
    pattern.startsWith("*.")
      ? !path.includes("/") && path.endsWith(pattern.slice(1))
      : path === pattern || path.startsWith(`${pattern}/`)
  );
}
