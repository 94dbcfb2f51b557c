/** The real servers that the simulation is held against. */
import assert from "node:assert/strict";
import { poisson, requestsOf } from "../../../bench/scaling/arrivals.ts";
import { roundRobin } from "../../../bench/scaling/balancers.ts";
import { CPU_POD } from "../../../bench/scaling/cost_model.ts";
import { type Answer, Fleet } from "../../../bench/scaling/fleet.ts";
import { podOf } from "../../../bench/scaling/pod_options.ts";
import { Random } from "../../../bench/scaling/random.ts";
import { drive } from "../../../bench/scaling/real/drive.ts";
import { RealPod } from "../../../bench/scaling/real/servers.ts";

Deno.test("real servers are sent what the simulated ones are, and take no less time", async () => {
  const common = () => ({
    policy: roundRobin,
    gaps: poisson(30),
    bring: requestsOf([
      { modality: "text", items: 1, share: 0.5 },
      { modality: "image", items: 1, share: 0.5 },
    ]),
    random: new Random(1),
  });
  const pods = await RealPod.start(2, CPU_POD);
  const real: Answer[] = [];
  try {
    await drive(pods, { ...common(), ms: 2000 }, (answer) => real.push(answer));
  } finally {
    for (const pod of pods) await pod.stop();
  }
  const simulated: Answer[] = [];
  new Fleet({ ...common(), pod: () => podOf(CPU_POD), pods: 2 }, (answer) => simulated.push(answer))
    .run(2000);
  const sent = (answers: readonly Answer[]) =>
    answers.map(({ modality }) => modality).sort().join();
  assert.equal(sent(real), sent(simulated));
  assert.ok(real.length > 30);
  assert.ok(real.every(({ outcome }) => outcome === "answered"));
  // A replica that did not sleep would answer in a few milliseconds.
  const images = real.filter(({ modality }) => modality === "image");
  const least = CPU_POD.image.runMs + CPU_POD.image.eachMs;
  for (const { ms } of images) assert.ok(ms >= least - 1, `${ms}, ${least}`);
});
