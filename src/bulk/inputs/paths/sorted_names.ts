/** Names of a folder in their order, in little memory: a folder may hold millions. */
import { compareCodePoints } from "../../../code_point_order.ts";
import { PathList } from "../images/path_list.ts";

/** Names that are sorted at a time; more are sorted in runs, and merged. */
const RUN = 1 << 16;

/** Collects names, and gives them sorted by code points. */
export class SortedNames {
  readonly #runs: PathList[] = [];
  #run: string[] = [];
  /** Whether the order of code units is that of code points in what is collected. */
  #plain = true;

  /** Adds a name without a NUL in it. */
  add(name: string): void {
    if (this.#plain && /[\ud800-\uffff]/.test(name)) this.#plain = false;
    if (this.#run.push(name) === RUN) this.#pack();
  }

  /** All of them. Nothing is added afterwards. */
  *names(): Generator<string> {
    if (this.#runs.length === 0) return yield* this.#sort();
    this.#pack();
    yield* merge(this.#runs.map((run) => run.paths()), this.#compare);
  }

  get #compare(): (a: string, b: string) => number {
    return this.#plain ? compareUnits : compareCodePoints;
  }

  #sort(): string[] {
    return this.#run.sort(this.#plain ? undefined : compareCodePoints);
  }

  #pack(): void {
    const packed = new PathList();
    for (const name of this.#sort()) packed.append(name);
    this.#runs.push(packed);
    this.#run = [];
  }
}

function compareUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function* merge(
  runs: Generator<string>[],
  compare: (a: string, b: string) => number,
): Generator<string> {
  const heads = runs.map((run) => ({ run, next: run.next().value as string | undefined }));
  for (;;) {
    let first: typeof heads[number] | undefined;
    for (const head of heads) {
      if (head.next === undefined) continue;
      if (first === undefined || compare(head.next, first.next!) < 0) first = head;
    }
    if (first === undefined) return;
    yield first.next!;
    first.next = first.run.next().value as string | undefined;
  }
}
