/** Texts and images through the same pods, or each through pods of their own. */
import { markdownTable } from "../../page.ts";
import type { Modality } from "../../../src/model/item.ts";
import { poisson, requestsOf } from "../arrivals.ts";
import { leastLoaded } from "../balancers.ts";
import type { PodKind } from "../cost_model.ts";
import { Fleet } from "../fleet.ts";
import { capacityOf, WAY_MS } from "../measure.ts";
import { podOf } from "../pod_options.ts";
import { Random } from "../random.ts";
import { Counting, type Summary } from "../summary.ts";
import { latency } from "./cells.ts";
import { IMAGES, TEXTS } from "./requests.ts";

const PODS = 8;
const SECONDS = 200;
const WARM_UP = 20;
const LOADS = [0.5, 0.7, 0.8, 0.9];

/** Requests a second of each modality that a fleet is asked for. */
type Rates = Readonly<Record<Modality, number>>;

function latencies(
  kind: PodKind,
  pods: number,
  { text, image }: Rates,
  seed: number,
): Record<Modality, Summary> {
  const counted = {
    text: new Counting(pods, 1000 * WARM_UP),
    image: new Counting(pods, 1000 * WARM_UP),
  };
  const both = text + image;
  const fleet = new Fleet({
    pod: () => podOf(kind),
    pods,
    policy: leastLoaded,
    wayMs: WAY_MS,
    gaps: poisson(both),
    bring: requestsOf([
      { modality: "text", items: 1, share: text / both },
      { modality: "image", items: 1, share: image / both },
    ]),
    random: new Random(seed),
  }, (answer) => counted[answer.modality].answered(answer));
  fleet.run(1000 * (WARM_UP + SECONDS));
  return { text: counted.text.summary(SECONDS), image: counted.image.summary(SECONDS) };
}

/** Each modality takes half of the compute time. A row for each modality and way. */
export function modalitiesTable(kind: PodKind, seed: number): string {
  const rates = (load: number): Rates => ({
    text: load * PODS / 2 * capacityOf(kind, TEXTS),
    image: load * PODS / 2 * capacityOf(kind, IMAGES),
  });
  const together = LOADS.map((load) => latencies(kind, PODS, rates(load), seed));
  const apart = LOADS.map((load) => ({
    text: latencies(kind, PODS / 2, { ...rates(load), image: 0 }, seed).text,
    image: latencies(kind, PODS / 2, { ...rates(load), text: 0 }, seed).image,
  }));
  const row = (
    name: string,
    of: (both: Record<Modality, Summary>) => Summary,
    all: typeof apart,
  ) => [name, ...all.map((both) => latency(of(both)))];
  return markdownTable(["", ...LOADS.map((load) => `at ${load}`)], [
    row(`texts, ${PODS} pods for both`, ({ text }) => text, together),
    row(`texts, ${PODS / 2} pods of their own`, ({ text }) => text, apart),
    row(`images, ${PODS} pods for both`, ({ image }) => image, together),
    row(`images, ${PODS / 2} pods of their own`, ({ image }) => image, apart),
  ], (column) => column === 0 ? "---" : "--:");
}
