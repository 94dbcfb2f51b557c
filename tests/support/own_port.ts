/**
 * Ports for those who have to be told one: programs, protocols that share one, and addresses where
 * nobody shall listen. Where port 0 will do it is better.
 */
import { join } from "node:path";
import { testsFolder } from "./test_environment.ts";

/**
 * Below those that Linux gives to servers at port 0 and to every connection that leaves
 * (ip_local_port_range begins at 32768): such a one, found free, may be somebody's a moment later.
 */
const FIRST = 10_000;
const COUNT = 20_000;

/**
 * Some ports at which nobody listens, at no address. Each call gives others, to all threads
 * and processes of this user: test files run beside each other, and in one process.
 */
export async function ownPorts(count: number): Promise<number[]> {
  await Deno.mkdir(testsFolder(), { recursive: true });
  const path = join(testsFolder(), "next-port");
  using file = await Deno.open(path, { read: true, write: true, create: true });
  // Until the file is closed.
  await file.lock(true);
  const written = Number.parseInt(await Deno.readTextFile(path), 10);
  let next = Number.isNaN(written) ? Math.floor(COUNT * Math.random()) : written;
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST + next++ % COUNT;
    if (isFree(port)) ports.push(port);
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(String(next % COUNT)));
  return ports;
}

/** One of them. */
export async function ownPort(): Promise<number> {
  return (await ownPorts(1))[0]!;
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "0.0.0.0", port }).close();
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AddrInUse) return false;
    throw thrown;
  }
}
