/** A program that gives its client 400 ms to say something, and tells whether it heard it. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterPatience } from "../src/patience.ts";

const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

const server = createServer((socket) => {
  let heard = false;
  socket.on("data", () => heard = true);
  afterPatience(400, () => {
    say(heard ? "heard" : "given up");
    Deno.exit();
  });
  say("waiting");
});
server.listen(0, "127.0.0.1", () => say(`port ${(server.address() as AddressInfo).port}`));
