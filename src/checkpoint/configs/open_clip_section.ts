/** Reading a tower's section of OpenCLIP's config: every key is understood, or named. */
import { isJsonObject, type JsonObject, positiveInteger, show } from "./config.ts";
import type { Activation } from "../state_dict.ts";

/** A section and what was wrong with it. */
export class ConfigSection {
  readonly json: JsonObject;
  readonly #name: string;
  readonly #unsupported: string[];
  readonly #known = new Set<string>();

  /** @param unsupported takes a line for each key that is not understood */
  constructor(json: unknown, name: string, unsupported: string[]) {
    this.json = isJsonObject(json) ? json : {};
    this.#name = name;
    this.#unsupported = unsupported;
  }

  /** The value of a key, `null` and an empty object counting as none. */
  value(key: string): unknown {
    this.#known.add(key);
    const value = this.json[key];
    const empty = value === null || (isJsonObject(value) && Object.keys(value).length === 0);
    return empty ? undefined : value;
  }

  /** Key in the file, for messages. */
  key(key: string): string {
    return `${this.#name}.${key}`;
  }

  /** Keys that change nothing of what is computed here. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.#known.add(key);
  }

  /** A key of which only some values are understood: what each of them means. */
  choice<T>(key: string, choices: Readonly<Record<string, T>>, absent: T): T {
    const value = this.value(key);
    if (value === undefined) return absent;
    const name = typeof value === "string" ? value : JSON.stringify(value);
    if (Object.hasOwn(choices, name)) return choices[name] as T;
    const wanted = Object.keys(choices).map((each) => `'${each}'`).join(" or ");
    this.refuse(key, `wanted ${wanted}`);
    return absent;
  }

  /** A switch. */
  flag(key: string): boolean {
    return this.choice(key, { true: true, false: false }, false);
  }

  /** Keys that must have OpenAI's value, or none. */
  plain(defaults: Readonly<Record<string, unknown>>): void {
    for (const [key, wanted] of Object.entries(defaults)) {
      const value = this.value(key);
      if (value === undefined || value === false || value === wanted) continue;
      this.refuse(key, `only ${JSON.stringify(wanted)} is supported`);
    }
  }

  /** A positive number. */
  number(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
    this.refuse(key, "wanted a number over 0");
    return undefined;
  }

  /** A positive whole number. */
  integer(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const number = positiveInteger(value);
    if (number === undefined) this.refuse(key, "wanted a whole number over 0");
    return number;
  }

  /** Says that a value is not supported. */
  refuse(key: string, why: string): void {
    this.#unsupported.push(`${this.key(key)} ${show(this.json[key])}: ${why}`);
  }

  /** Says of what is elsewhere that it is not supported. */
  add(...unsupported: readonly string[]): void {
    this.#unsupported.push(...unsupported);
  }

  /** Refuses what nobody asked for; call it last. */
  refuseOthers(): void {
    for (const [key, value] of Object.entries(this.json)) {
      // A switch that is off changes nothing, whatever it is for.
      if (!this.#known.has(key) && this.value(key) !== undefined && value !== false) {
        this.refuse(key, "it is not known, and may change what is computed");
      }
    }
  }
}

/** The activation of a tower: `quick_gelu` of the model, and the tower's `act_kwargs`. */
export function readActivation(section: ConfigSection, quickGelu: boolean): Activation {
  const kwargs = section.value("act_kwargs");
  if (kwargs === undefined) return quickGelu ? "quick_gelu" : "gelu";
  const { approximate, ...others } = isJsonObject(kwargs) ? kwargs : { others: kwargs };
  if (!quickGelu && Object.keys(others).length === 0) {
    if (approximate === "tanh") return "gelu_tanh";
    if (approximate === "none") return "gelu";
  }
  section.refuse("act_kwargs", "wanted {approximate: 'tanh'} or {approximate: 'none'}");
  return "gelu";
}

/** Epsilon of a tower's norms: of `norm_kwargs`, or PyTorch's. */
export function readEpsilon(section: ConfigSection): number {
  const kwargs = section.value("norm_kwargs");
  if (kwargs === undefined) return 1e-5;
  const { eps, ...others } = isJsonObject(kwargs) ? kwargs : { others: kwargs };
  if (typeof eps === "number" && eps > 0 && eps < 1 && Object.keys(others).length === 0) return eps;
  section.refuse("norm_kwargs", "wanted {eps: a number between 0 and 1}");
  return 1e-5;
}

/** OpenCLIP's switches of experimental blocks, alike in both towers. */
export const PLAIN_BLOCKS: Readonly<Record<string, unknown>> = {
  block_type: "default",
  qk_norm: false,
  scaled_cosine_attn: false,
  scale_heads: false,
  scale_attn_inner: false,
  scale_attn: false,
  scale_fc: false,
};
