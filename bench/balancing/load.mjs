/** Load by the project's own client in Node: the same tasks and answers as load.py. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , library, certificate] = process.argv;
const { ClipClient } = await import(pathToFileURL(library).href);
const tls = { ca: readFileSync(certificate, "utf8") };
let calls;
let state;
let workers;

async function work(url, pauseMs) {
  const options = { timeoutMs: 60_000, ...(/^(grpc|http|ws)s:/.test(url) ? { tls } : {}) };
  const once = new ClipClient(url, { ...options, retry: { retries: 0 } });
  // What one try comes to is told as well: the client itself would try again without a word.
  const again = new ClipClient(url, options);
  while (!state.end) {
    const call = { url, begin: Date.now(), ok: true, errors: [] };
    try {
      await once.encode(["a red circle"]);
    } catch (error) {
      call.errors.push(String(error).slice(0, 300));
      await again.encode(["a red circle"]).catch((error) => {
        call.ok = false;
        call.errors.push(String(error).slice(0, 300));
      });
    }
    call.end = Date.now();
    calls.push(call);
    state.first();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  await once.close();
  await again.close();
}

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  let answer = {};
  if (task.do === "begin") {
    calls = [];
    await new Promise((resolve) => {
      state = { end: false, first: resolve };
      const urls = Array.from({ length: task.workers }, () => task.urls).flat();
      workers = urls.map((url) => work(url, task.pauseMs));
    });
  } else {
    state.end = true;
    await Promise.all(workers);
    answer = calls;
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
