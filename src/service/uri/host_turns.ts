/** A share for each host, so that a slow one does not keep the others from being fetched. */
import { Turns } from "../../turns.ts";

interface Host {
  turns: Turns;
  inside: number;
  waiting: number;
}

/** At most so many at one time for each host. */
export class HostTurns {
  readonly #limit: number;
  /** Hosts that somebody is at or waits for. */
  readonly #hosts = new Map<string, Host>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Waits for the host's turn.
   * @returns the way to give it back; call it once.
   * @throws {ClipError} the signal's reason if it fires first.
   */
  async enter(hostname: string, signal: AbortSignal): Promise<() => void> {
    let host = this.#hosts.get(hostname);
    if (!host) this.#hosts.set(hostname, host = { turns: new Turns(), inside: 0, waiting: 0 });
    const entered = host;
    const forget = () => {
      if (entered.inside + entered.waiting === 0) this.#hosts.delete(hostname);
    };
    entered.waiting++;
    try {
      await entered.turns.wait(
        () => entered.inside < this.#limit ? ++entered.inside : undefined,
        signal,
      );
    } finally {
      entered.waiting--;
      forget();
    }
    return () => {
      entered.inside--;
      entered.turns.proceed();
      forget();
    };
  }
}
