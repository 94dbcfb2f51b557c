/** What only clusters have: who the pods are, and how an update replaces them. */
import type { PlanOptions } from "../../deployment/plan/options.ts";
import type { PodShare } from "../../deployment/plan.ts";
import type { Given } from "../words/given.ts";
import { annotationOptions, nameOption, OBJECT_NAME } from "./checked_names.ts";

const MAX_PODS = 10_000;
const MAX_PERCENT = 100;

/** The options of exports to Kubernetes, beside those of all. @throws {ClipError} "config" */
export function clusterOptions(
  given: Given,
): Required<Pick<PlanOptions, "serviceAccount" | "update">> {
  return { serviceAccount: serviceAccountOf(given), update: updateOf(given) };
}

function serviceAccountOf(given: Given): PlanOptions["serviceAccount"] {
  const name = nameOption(given, "service-account", OBJECT_NAME);
  const annotations = annotationOptions(given, "service-account-annotation");
  if (name !== undefined && Object.keys(annotations).length > 0) {
    throw given.fault(
      "--service-account is one that is there: its annotations are said where it is made",
    );
  }
  return { name, annotations, token: given.on("service-account-token") };
}

function updateOf(given: Given): PlanOptions["update"] {
  const maxSurge = shareOf(given, "max-surge");
  const maxUnavailable = shareOf(given, "max-unavailable");
  if (isNone(maxSurge) && isNone(maxUnavailable)) {
    throw given.fault(
      "--max-surge and --max-unavailable are both 0, so no pod could be replaced: expected 1 or " +
        "more of one of them",
    );
  }
  return { maxSurge, maxUnavailable };
}

function isNone(share: PodShare | undefined): boolean {
  return share === 0 || share === "0%";
}

/** Pods, or a share of them. */
function shareOf(given: Given, option: string): PodShare | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  const [, digits, percent] = /^(\d{1,6})(%?)$/.exec(text) ?? [];
  const number = Number(digits);
  if (number <= (percent === "%" ? MAX_PERCENT : MAX_PODS)) {
    return percent === "%" ? `${number}%` : number;
  }
  throw given.fault(
    `--${option} takes a number of pods or a share of them, as 1 or 25%: received "${
      text.slice(0, 100)
    }"`,
  );
}
