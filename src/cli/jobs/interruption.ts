/** Signals during a long job: the first ends it in good order, the second at once. */

/** A job that can be interrupted. */
export interface Interruption extends Disposable {
  signal: AbortSignal;
  /** What the process ends with if it was: 130 for SIGINT, 143 for SIGTERM. */
  readonly exitCode: number;
}

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Listens until it is disposed of. @param tell told at the first signal */
export function interruption(tell: (line: string) => void): Interruption {
  const controller = new AbortController();
  let exitCode: number = CODES.SIGINT;
  const listeners = (["SIGINT", "SIGTERM"] as const).map((name) => {
    const onSignal = () => {
      if (controller.signal.aborted) Deno.exit(CODES[name]);
      exitCode = CODES[name];
      tell("Finishing what is under way; once more ends at once");
      controller.abort();
    };
    Deno.addSignalListener(name, onSignal);
    return [name, onSignal] as const;
  });
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]() {
      for (const [name, onSignal] of listeners) Deno.removeSignalListener(name, onSignal);
    },
  };
}
