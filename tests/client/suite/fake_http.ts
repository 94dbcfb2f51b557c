/** An HTTP server whose answers a case chooses. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request, read. */
export interface Asked {
  path: string;
  headers: IncomingMessage["headers"];
  body: {
    execEndpoint: string;
    parameters: Record<string, unknown>;
    data: { id: string; text?: string }[];
  };
}

/** An answer: a status with a body; or nothing, and the connection breaks. */
export type Answered =
  | { status: number; headers?: Record<string, string>; body: unknown }
  | "break"
  | "silence";

/** Runs a case against it. */
export async function withFakeHttp(
  answer: (asked: Asked, count: number) => Answered | Promise<Answered>,
  run: (url: string, asked: readonly Asked[]) => Promise<void>,
): Promise<void> {
  const all: Asked[] = [];
  const server = createServer(async (request, response) => {
    const asked = await read(request);
    all.push(asked);
    respond(response, await answer(asked, all.length));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, all);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The embedding of a text, as cheap as can be: its length. */
export function cheapAnswer({ body }: Asked): Answered {
  const data = body.data.map((doc) => ({ ...doc, embedding: [doc.text?.length ?? 0, 1] }));
  return { status: 200, body: { header: { status: null }, parameters: {}, routes: [], data } };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) pieces.push(piece);
  const text = await new Blob(pieces as Uint8Array<ArrayBuffer>[]).text();
  return { path: request.url ?? "", headers: request.headers, body: JSON.parse(text) };
}

function respond(response: ServerResponse, answered: Answered): void {
  if (answered === "silence") return;
  if (answered === "break") return void response.destroy();
  response.writeHead(answered.status, { "content-type": "application/json", ...answered.headers });
  response.end(JSON.stringify(answered.body));
}
