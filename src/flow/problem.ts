/** What is wrong with a Flow YAML, and the error that carries all of it at once. */
import { ClipError } from "../errors.ts";

/** A place in a file: both numbers count from 1, the column in UTF-16 units as editors count. */
export interface Position {
  line: number;
  column: number;
}

/** One thing that is wrong with a Flow YAML. */
export interface Problem {
  /** The file as the user named it, or `<stdin>`. */
  file: string;
  /** Line from 1; 0 if the file could not be read at all. */
  line: number;
  /** Column from 1; 0 if the file could not be read at all. */
  column: number;
  /** The key's path in the file, e.g. `executors[0].uses.with.minibatch_size`; empty for the file. */
  key: string;
  /** `what is wrong; what is expected`. */
  message: string;
}

/** A problem as one line: `file.yml:LINE:COL: key: what is wrong; what is expected`. */
export function formatProblem(problem: Problem): string {
  const place = problem.line > 0
    ? `${problem.file}:${problem.line}:${problem.column}`
    : problem.file;
  return problem.key === ""
    ? `${place}: ${problem.message}`
    : `${place}: ${problem.key}: ${problem.message}`;
}

/** Lines of a message; a file that is no flow at all may have a problem in each of its lines. */
const SHOWN_PROBLEMS = 100;

/**
 * Everything that is wrong with a flow, in the order of the file; `message` has one line for each
 * (of the first hundred).
 */
export class FlowError extends ClipError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const ordered = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
    const lines = ordered.slice(0, SHOWN_PROBLEMS).map(formatProblem);
    const rest = ordered.length - lines.length;
    if (rest > 0) lines.push(`… and ${rest} more problems`);
    super("config", lines.join("\n"), { name: "FlowError" });
    this.problems = ordered;
  }
}

/** Gathers what is wrong with one file while it is read, so that all is told at once. */
export class Report {
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];
  readonly #file: string;
  readonly #warned = new Set<string>();

  constructor(file: string) {
    this.#file = file;
  }

  /** Notes an error. */
  problem(at: Position, key: string, message: string): void {
    this.problems.push({ file: this.#file, ...at, key, message });
  }

  /** Notes a warning; of several with the same `topic` only the first is kept. */
  warn(at: Position, key: string, message: string, topic: string = `${key}: ${message}`): void {
    if (this.#warned.has(topic)) return;
    this.#warned.add(topic);
    this.warnings.push(formatProblem({ file: this.#file, ...at, key, message }));
  }

  /** Throws a {@linkcode FlowError} if any problem was noted. */
  throwIfAny(): void {
    if (this.problems.length > 0) throw new FlowError(this.problems);
  }
}
