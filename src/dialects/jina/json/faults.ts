/** The faults of a JSON body that are told: the first of its shape, or else the first of its values. */
import { BodyValidationError, type ValidationDetail } from "../document/request_error.ts";
import { MAX_DETAILS } from "./validation_detail.ts";

/** Collects faults in the order in which they are told. */
export class Faults {
  /** Wrong shapes and types. */
  readonly shape: ValidationDetail[] = [];
  /** Right types that cannot be read: told if nothing is wrong with the body's shape. */
  readonly values: ValidationDetail[] = [];

  /** Whether something was found: nothing needs to be kept of the body any more. */
  get any(): boolean {
    return this.shape.length > 0 || this.values.length > 0;
  }

  /** Whether there are as many as are told: nothing more is looked for. */
  get enough(): boolean {
    return this.shape.length >= MAX_DETAILS;
  }

  /** Adds those of a part that comes after what is here. */
  add({ shape, values }: Pick<Faults, "shape" | "values">): void {
    this.shape.push(...shape.slice(0, MAX_DETAILS - this.shape.length));
    this.values.push(...values.slice(0, MAX_DETAILS - this.values.length));
  }

  /** @throws {BodyValidationError} if there are some. */
  check(): void {
    const found = this.shape.length > 0 ? this.shape : this.values;
    if (found.length > 0) throw new BodyValidationError(found);
  }
}
