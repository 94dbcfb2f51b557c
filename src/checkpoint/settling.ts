/** What is said of a model beside its tensors, and by whom. */
import type { CheckpointConfig } from "./configs/config.ts";
import { applicableHints, type CheckpointHints } from "./facts.ts";
import type { Layout } from "./naming/layouts.ts";

/** Width of a head in OpenAI's models. */
export const HEAD_WIDTH = 64;

/** What an architecture is told of beside the tensors. */
export interface Statements {
  readonly layout: Layout;
  /** Of the file beside the weights. */
  readonly config: CheckpointConfig | undefined;
  /** Of the caller, for what the config does not say. */
  readonly hints: CheckpointHints;
}

/** What is stated, without hints of another kind of model. */
export function statementsOf(
  layout: Layout,
  config: CheckpointConfig | undefined,
  hints: CheckpointHints,
): Statements {
  return { layout, config, hints: applicableHints(hints, layout.facts) };
}

/** Takes each fact from who knows it best, and remembers which were another's, or nobody's. */
export class Settling {
  readonly hinted = new Set<string>();
  readonly assumed = new Set<string>();
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The fact that `pick` finds in what is stated, or `rule`; `what` names it for the log. */
  of<T>(what: string, pick: (from: CheckpointHints) => T | undefined, rule: T): T {
    const { config, layout, hints } = this.#statements;
    const certain = (config === undefined ? undefined : pick(config)) ?? pick(layout.facts);
    if (certain !== undefined) return certain;
    const hint = pick(hints);
    if (hint !== undefined) this.hinted.add(what);
    const likely = hint ?? pick(layout.likely);
    if (likely === undefined) this.assumed.add(what);
    return likely ?? rule;
  }

  /** Notes what the hints say of a tower, and nobody else, that is not as in OpenAI's models. */
  noteUnusual(tower: "vision" | "text", usual: object): void {
    const { config, layout, hints } = this.#statements;
    const known = { ...layout.facts[tower], ...config?.[tower] };
    for (const [key, value] of Object.entries(hints[tower] ?? {})) {
      if (!(key in usual) || key in known || key === "activation") continue;
      const plain = usual[key as keyof typeof usual];
      if (JSON.stringify(plain) !== JSON.stringify(value)) this.hinted.add(`${tower} ${key}`);
    }
  }

  /** Lines for the log. */
  notes(label: string): string[] {
    const { hinted, assumed } = this;
    return [
      ...(hinted.size === 0 ? [] : [
        `No config beside '${label}' says it, so these are those of '${
          this.#statements.hints.label ?? "the caller"
        }': ${[...hinted].join(", ")}`,
      ]),
      ...(assumed.size === 0 ? [] : [
        `Neither a config beside '${label}' nor a known model name says it, so OpenAI's are assumed ` +
        `(QuickGELU, heads of ${HEAD_WIDTH} channels, its image statistics): ${
          [...assumed].join(", ")
        }`,
      ]),
    ];
  }
}
