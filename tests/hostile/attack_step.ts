/** The attackers: a process of their own, so that what they cost is not in anybody's measure. */
import { serveTasks } from "../../bench/serving/json_process.ts";
import type { Attacker, Tally, Target } from "./attack.ts";
import { RawSocket, type SocketOptions } from "./raw_socket.ts";
import { ATTACKS } from "./table.ts";

/** What the process is asked. */
export interface AttackTask {
  name: string;
  target: Target;
  full: boolean;
}

class Means implements Attacker {
  readonly target: Target;
  readonly full: boolean;
  readonly signal: AbortSignal;
  readonly tally: Tally = { sentBytes: 0, outcomes: {} };

  constructor({ target, full }: AttackTask, signal: AbortSignal) {
    this.target = target;
    this.full = full;
    this.signal = signal;
  }

  count(outcome: string, times = 1): void {
    const { outcomes } = this.tally;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + times;
  }

  connect(port: number, options: SocketOptions = {}): Promise<RawSocket> {
    return RawSocket.connect(port, this.signal, options, (bytes) => this.tally.sentBytes += bytes);
  }

  async post(
    path: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; text: string }> {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const lines = Object.entries({
      host: "x",
      "content-type": "application/json",
      "content-length": String(bytes.length),
      connection: "close",
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = await this.connect(this.target.http);
    // What is refused early is answered while the body is still on its way.
    const written = socket.write(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`)
      .then(() => socket.write(bytes));
    const text = await socket.until((text) => text.includes("\r\n\r\n"));
    await written;
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
    this.count(status === 0 ? "closed" : `HTTP ${status}`);
    await socket.until(() => false);
    socket.close();
    return { status, text: text.slice(text.indexOf("\r\n\r\n") + 4) };
  }

  async pause(milliseconds: number): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
  }
}

async function run(task: AttackTask): Promise<Tally> {
  const attack = ATTACKS.find(({ name }) => name === task.name)!;
  const over = new AbortController();
  const { small, full } = attack.seconds;
  const timer = setTimeout(() => over.abort(), 1000 * (task.full ? full : small));
  const means = new Means(task, over.signal);
  try {
    await attack.run(means);
  } catch (thrown) {
    if (!over.signal.aborted) means.count(`attacker: ${(thrown as Error).message}`);
  }
  clearTimeout(timer);
  // Everything that the attacker has open is closed.
  over.abort();
  return means.tally;
}

if (import.meta.main) await serveTasks(run);
