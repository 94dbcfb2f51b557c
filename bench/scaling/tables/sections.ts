/** All tables of docs/scaling.md that the simulation makes, by the names of their marks. */
import { CPU_POD, GPU_POD } from "../cost_model.ts";
import { autoscalingTable, type Scaling } from "./autoscaling.ts";
import { burstsTable } from "./bursts.ts";
import { choiceTable } from "./choice.ts";
import { connectionsTable } from "./connections.ts";
import { gatewayTable, planBlock } from "./derived.ts";
import { faultsTable, lostPodTable, retriesTable, slowPodTable } from "./faults.ts";
import { agesTable, balancersTable } from "./knowledge.ts";
import { modalitiesTable } from "./modalities.ts";
import { IMAGES, MIXED, TEXTS } from "./requests.ts";

/** Makes a table. The same seed makes the same one. */
export type Section = (seed: number) => string;

const LOADS = [0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.2];
const SLOWLY_DOWN = { downShareAMinute: 0.1 };

const both = (queueTarget: number, busyTarget: number): Scaling => ({
  name: `queue ${queueTarget} s and busy ${100 * busyTarget} %, slowly down`,
  queueTarget,
  busyTarget,
  rules: SLOWLY_DOWN,
});

const CHOSEN = both(1, 0.7);

const SCALINGS: readonly Scaling[] = [
  { name: "queue 0.5 s", queueTarget: 0.5 },
  { name: "queue 1 s", queueTarget: 1 },
  { name: "queue 2.5 s", queueTarget: 2.5 },
  { name: "queue 0.5 s, slowly down", queueTarget: 0.5, rules: SLOWLY_DOWN },
  { name: "queue 1 s, slowly down", queueTarget: 1, rules: SLOWLY_DOWN },
  { name: "queue 2.5 s, slowly down", queueTarget: 2.5, rules: SLOWLY_DOWN },
  { name: "busy 70 %, slowly down", busyTarget: 0.7, rules: SLOWLY_DOWN },
  CHOSEN,
  both(2.5, 0.7),
  both(1, 0.5),
  { ...CHOSEN, name: "as the eighth row, figures 60 s old", lagMs: 60_000 },
  { ...CHOSEN, name: "the same, figures 15 s old", lagMs: 15_000 },
  { ...CHOSEN, name: "the same, pods ready after 10 s", startMs: 10_000 },
  { ...CHOSEN, name: "the same, pods ready after 120 s", startMs: 120_000 },
  { ...CHOSEN, name: "the same, load grows within 10 minutes", rampMs: 600_000 },
];

/** The tables. */
export const SECTIONS: Readonly<Record<string, Section>> = {
  gateway: gatewayTable,
  "plan-million": () => planBlock("--images-per-day 1e6 --peak 3"),
  "plan-billion": () => planBlock("--images-per-day 1e9 --device h100"),
  "plan-billion-cpu": () => planBlock("--images-per-day 1e9 --dtype int8"),
  "choice-images": (seed) =>
    choiceTable({
      kind: CPU_POD,
      requests: IMAGES,
      pods: [1, 3, 10, 100, 1000],
      loads: LOADS,
      seed,
    }),
  "choice-mixed": (seed) =>
    choiceTable({ kind: CPU_POD, requests: MIXED, pods: [3, 10, 100], loads: LOADS, seed }),
  "choice-texts": (seed) =>
    choiceTable({ kind: CPU_POD, requests: TEXTS, pods: [1, 10], loads: LOADS, seed }),
  "choice-gpu": (seed) =>
    choiceTable({ kind: GPU_POD, requests: IMAGES, pods: [1, 10], loads: LOADS, seed }),
  balancers: (seed) => balancersTable(CPU_POD, seed, [1, 4, 16, 64]),
  ages: (seed) => agesTable(CPU_POD, seed, [10, 100, 1000, 5000, 15_000]),
  connections: (seed) => connectionsTable(CPU_POD, seed),
  bursts: (seed) => burstsTable(CPU_POD, seed),
  modalities: (seed) => modalitiesTable(CPU_POD, seed),
  slow: (seed) => slowPodTable(CPU_POD, seed),
  faults: (seed) => faultsTable(CPU_POD, seed),
  retries: (seed) => retriesTable(CPU_POD, seed),
  lost: (seed) => lostPodTable(CPU_POD, seed),
  autoscaling: (seed) => autoscalingTable(CPU_POD, seed, SCALINGS),
};
