/** What queueing theory says of simple queues: the simulation is held against it. */

/** Mean milliseconds of a request in M/M/1. @param load share of the capacity, below 1. */
export function mm1Mean(serviceMs: number, load: number): number {
  return serviceMs / (1 - load);
}

/** The quantile of the time of a request in M/M/1, which is distributed exponentially. */
export function mm1Quantile(serviceMs: number, load: number, share: number): number {
  return -Math.log(1 - share) * mm1Mean(serviceMs, load);
}

/** Share of the requests that wait in M/M/c (Erlang's C). */
export function erlangC(servers: number, load: number): number {
  const offered = servers * load;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < servers; k++) sum += term *= offered / k;
  const last = term * offered / servers / (1 - load);
  return last / (sum + last);
}

/** Mean milliseconds of a request in M/M/c. */
export function mmcMean(serviceMs: number, servers: number, load: number): number {
  return serviceMs + erlangC(servers, load) * serviceMs / (servers * (1 - load));
}

/** Mean milliseconds of a request in M/D/1 (Pollaczek and Khinchine). */
export function md1Mean(serviceMs: number, load: number): number {
  return serviceMs + load * serviceMs / (2 * (1 - load));
}

/**
 * Mean milliseconds of a request in M/D/c: Cosmetatos' approximation (1976), right to some percent
 * of the wait.
 */
export function mdcMean(serviceMs: number, servers: number, load: number): number {
  const wait = mmcMean(serviceMs, servers, load) - serviceMs;
  const correction = (1 - load) * (servers - 1) * (Math.sqrt(4 + 5 * servers) - 2) /
    (16 * load * servers);
  return serviceMs + wait * (1 + correction) / 2;
}

/**
 * Mean milliseconds of a request where each goes to the less loaded of two of very many M/M/1 (the
 * supermarket model: Vvedenskaya et al. 1996, Mitzenmacher 1996).
 */
export function twoChoicesMean(serviceMs: number, load: number): number {
  let sum = 0;
  for (let i = 1, term = 1; term > 1e-12; i++) sum += term = load ** (2 ** i - 2);
  return serviceMs * sum;
}
