// Calls and streams on one channel for four seconds: how many there were, how many were lost.
import { Client, credentials } from "@grpc/grpc-js";

const SECONDS = 4;
const client = new Client(process.argv[2], credentials.createInsecure());
const same = (bytes) => bytes;
const empty = Buffer.alloc(0);

const check = () =>
  new Promise((resolve, reject) => {
    const path = "/grpc.health.v1.Health/Check";
    client.makeUnaryRequest(path, same, same, empty, (error) => error ? reject(error) : resolve());
  });

const stream = () =>
  new Promise((resolve, reject) => {
    const call = client.makeBidiStreamRequest("/jina.JinaRPC/Call", same, same);
    let answers = 0;
    call.on("data", () => {
      if (++answers < 5) call.write(empty);
      else call.end();
    });
    call.on("error", reject);
    call.on("end", () => answers === 5 ? resolve() : reject(new Error(`${answers} answers of 5`)));
    call.write(empty);
  });

let calls = 0;
const lost = [];
const end = Date.now() + SECONDS * 1000;
await Promise.all([check, check, check, stream, stream, stream].map(async (call) => {
  for (; Date.now() < end; calls++) await call().catch((error) => lost.push(error.message));
}));
process.stdout.write(
  `${[`${calls} calls, ${lost.length} lost`, ...lost.slice(0, 5)].join("\n")}\n`,
);
client.close();
