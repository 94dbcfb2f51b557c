/** A plan while it is made. */
import type { FlowConfig } from "../../flow/config.ts";
import type { FlowText } from "./flow_text.ts";
import type { PlanOptions } from "./options.ts";

/** What the steps of planning share. */
export interface Draft {
  /** What the flow says on the machine that exports. */
  flow: FlowConfig;
  /** What it shall say in the container. */
  text: FlowText;
  options: PlanOptions;
  /** What is to be told. */
  notes: string[];
}
