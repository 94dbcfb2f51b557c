/** A TCP proxy whose connections break when a case says so. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A running proxy. */
export interface BreakingProxy {
  /** The address of the server behind it, with the proxy's port. */
  url: string;
  /** Breaks all connections; new ones are taken. */
  breakAll(): void;
  /** How many were taken. */
  readonly taken: number;
}

/** Runs a case with a proxy before a server. */
export async function withBreakingProxy(
  url: string,
  run: (proxy: BreakingProxy) => Promise<void>,
): Promise<void> {
  const { host, port } = /:\/\/(?<host>[^:/]+):(?<port>\d+)/.exec(url)!.groups!;
  const open = new Set<Socket>();
  let taken = 0;
  const server = createServer((near) => {
    taken++;
    const far = connect(Number(port), host);
    for (const [one, other] of [[near, far], [far, near]] as const) {
      open.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own = (server.address() as AddressInfo).port;
  try {
    await run({
      url: url.replace(/:\d+/, `:${own}`),
      breakAll: () => {
        for (const one of open) one.destroy();
      },
      get taken() {
        return taken;
      },
    });
  } finally {
    for (const one of open) one.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
