/**
 * Kubernetes' HorizontalPodAutoscaler over metrics of the pods, as its controller computes it
 * (kubernetes/pkg/controller/podautoscaler: replica_calculator.go and horizontal.go, v1.37).
 */

/** Within this share of the target nothing is changed. */
const TOLERANCE = 0.1;

/** The controller looks so often. */
export const SYNC_MS = 15_000;

/** How fast it goes. */
export interface ScalingRules {
  readonly least: number;
  readonly most: number;
  /** Of scaling down: nothing below the most that was wanted within this time. */
  readonly stabilizationMs: number;
  /** Most pods that go within a minute, as a share of those that there are. */
  readonly downShareAMinute: number;
  /** Most pods that come within 15 seconds: the larger of a share and a number. */
  readonly upShare: number;
  readonly upPods: number;
}

/** Kubernetes' defaults. */
export const DEFAULT_RULES = {
  stabilizationMs: 300_000,
  downShareAMinute: Infinity,
  upShare: 1,
  upPods: 4,
} as const;

/**
 * Pods that one metric wants.
 * @param values of the pods that are ready
 * @param starting pods that are not: they count with nothing where more pods are wanted
 */
export function wanted(values: readonly number[], starting: number, target: number): number {
  const current = values.length + starting;
  if (values.length === 0) return current;
  const sum = values.reduce((a, b) => a + b, 0);
  const ratio = sum / values.length / target;
  if (Math.abs(ratio - 1) <= TOLERANCE) return current;
  if (ratio < 1 || starting === 0) return Math.ceil(ratio * values.length);
  const all = sum / current / target;
  return all <= 1 + TOLERANCE ? current : Math.ceil(all * current);
}

/** Decides how many pods there are to be. */
export class Autoscaler {
  readonly #rules: ScalingRules;
  readonly #wanted: { at: number; pods: number }[] = [];
  readonly #changes: { at: number; pods: number }[] = [];

  constructor(rules: ScalingRules) {
    this.#rules = rules;
  }

  /** @param wants what each metric wants; the most counts. */
  decide(now: number, current: number, wants: readonly number[]): number {
    const { least, most, stabilizationMs, downShareAMinute, upShare, upPods } = this.#rules;
    const want = Math.max(...wants);
    this.#wanted.push({ at: now, pods: want });
    while (this.#wanted[0]!.at <= now - stabilizationMs && this.#wanted.length > 1) {
      this.#wanted.shift();
    }
    let pods = want > current
      ? want
      : Math.min(current, Math.max(...this.#wanted.map((one) => one.pods)));
    const before = (ms: number) =>
      current - this.#changes.filter(({ at }) => at > now - ms)
        .reduce((sum, change) => sum + change.pods, 0);
    if (pods > current) {
      const base = before(SYNC_MS);
      pods = Math.min(pods, Math.max(Math.ceil(base * (1 + upShare)), base + upPods));
    } else if (pods < current && downShareAMinute < 1) {
      pods = Math.max(pods, Math.floor(before(60_000) * (1 - downShareAMinute)));
    }
    pods = Math.min(most, Math.max(least, pods));
    if (pods !== current) this.#changes.push({ at: now, pods: pods - current });
    return pods;
  }
}
