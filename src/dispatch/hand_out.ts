/**
 * Who is handed a minibatch now. It knows neither workers nor jobs, so that simulations decide as the
 * engine does.
 */

/** What computes minibatches, at most two of which are in its hands: one in work, one ahead of time. */
export interface Taker<Batch> {
  /** Minibatches in its hands. */
  readonly load: number;
  /** Takes back the minibatch that waits behind the one in work, if it has not begun. */
  takeBack(): Batch | undefined;
}

/** What is done with those who have time. */
export interface HandOut<Batch, T extends Taker<Batch>> {
  /** Gives it a minibatch, if there is one; `ahead` of time only one that is full already. */
  offer(taker: T, ahead: boolean): void;
  /** Gives an idle one what was taken back from another. */
  relieve(idle: T, batch: Batch): void;
}

/**
 * Hands minibatches to those who take them: first to the idle, who else relieve others of what waits
 * behind their minibatches, then ahead of time to those that have one.
 */
export function handOut<Batch, T extends Taker<Batch>>(
  takers: readonly T[],
  hands: HandOut<Batch, T>,
): void {
  for (const taker of takers) {
    if (taker.load > 0) continue;
    hands.offer(taker, false);
    if (taker.load > 0) continue;
    for (const busy of takers) {
      const batch = busy.load > 1 ? busy.takeBack() : undefined;
      if (batch === undefined) continue;
      hands.relieve(taker, batch);
      break;
    }
  }
  for (const taker of takers) {
    if (taker.load === 1) hands.offer(taker, true);
  }
}
