import { createServer, type Socket } from "node:net";
import type { Attack, Attacker } from "../attack.ts";

/** What a fetched server says, and how it goes on. */
type Evil = (socket: Socket) => void;

const repeat = (text: string, everyMs: number): Evil => (socket) => {
  socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.on("close", () => clearInterval(timer));
};

const switching: Evil = (socket) =>
  void socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
  );

const flood: Evil = (socket) => {
  const hints = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".repeat(2000);
  const more = () => {
    while (!socket.destroyed && socket.write(hints));
  };
  socket.on("drain", more);
  more();
};

/** Serves evil, and has it fetched by clients that leave. */
async function fetched(attacker: Attacker, evil: Evil, requests: number): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.once("data", () => evil(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const body = JSON.stringify({ data: [{ uri: `http://127.0.0.1:${port}/` }] });
  await Promise.all(Array.from({ length: requests }, async (_, i) => {
    while (!attacker.signal.aborted) {
      if (i % 2 === 0) {
        await attacker.post("/encode", body);
        continue;
      }
      const socket = await attacker.connect(attacker.target.http);
      await socket.write(
        `POST /encode HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
          `content-length: ${body.length}\r\n\r\n${body}`,
      );
      await attacker.pause(500);
      socket.close();
      attacker.count("left");
    }
  }));
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function attack(name: string, evil: Evil, requests: number): Attack {
  return {
    name: `uri: ${name}`,
    protocol: "http",
    seconds: { small: 1.5, full: 40 },
    run: (attacker) => fetched(attacker, evil, requests),
  };
}

/** URIs that lead to servers which never come to an end. */
export const uriAttacks: readonly Attack[] = [
  attack("answers 101 and waits", switching, 34),
  attack("interim answers without end", flood, 8),
  attack("a body that drips", repeat("x", 200), 34),
  attack("silence", () => {}, 34),
];
