/** What HAProxy says of itself and of its servers, by its admin socket. */

/** One server of one backend. */
export interface ServerState {
  /** `UP`, `DOWN`, `MAINT` (a slot of a template without an address), and ways between. */
  status: string;
  /** How the last check ended, as `L7OK`; empty before the first one has. */
  check: string;
}

/** The servers, by `BACKEND/SERVER`. @param socket the path of `stats socket`. */
export async function haproxyStates(socket: string): Promise<Map<string, ServerState>> {
  const page = await asked(socket, "show stat");
  const [head, ...rows] = page.trim().split("\n").map((line) => line.split(","));
  const [status, check] = ["status", "check_status"].map((name) => head!.indexOf(name));
  const servers = rows.filter(([, name]) => name !== "FRONTEND" && name !== "BACKEND");
  return new Map(servers.map((row) => [`${row[0]}/${row[1]}`, {
    status: row[status!]!,
    // "* " while the next one runs.
    check: row[check!]!.replace(/^\* /, ""),
  }]));
}

/** Whether it is up because it has answered a check: they begin as up, without one. */
export function isUp({ status, check }: ServerState): boolean {
  return status === "UP" && check === "L7OK";
}

/** The process that serves new connections. @throws {Error} nobody answers at the socket. */
export async function haproxyProcess(socket: string): Promise<number> {
  return Number(/^Pid: (\d+)$/m.exec(await asked(socket, "show info"))![1]);
}

async function asked(socket: string, command: string): Promise<string> {
  const connection = await Deno.connect({ transport: "unix", path: socket });
  await connection.write(new TextEncoder().encode(`${command}\n`));
  return await new Response(connection.readable).text();
}
