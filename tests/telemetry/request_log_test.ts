import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import { requestLog } from "../../src/telemetry/request_log.ts";
import {
  NO_REQUEST_OBSERVER,
  observeBoth,
  type RequestObserver,
} from "../../src/telemetry/request_observer.ts";
import { LogLines } from "../support/log_lines.ts";

const CALLER = { peer: { address: "192.0.2.1" }, method: "POST", path: "/encode" };

Deno.test("what is not written is not listened to", () => {
  const off = requestLog(new LogLines("WARNING").log, { accessLog: true }).observer;
  assert.equal(off, NO_REQUEST_OBSERVER);
  const info = requestLog(new LogLines("INFO").log, { accessLog: false }).observer;
  const { arrived, told, fetched } = NO_REQUEST_OBSERVER;
  assert.deepEqual([info.arrived, info.told, info.fetched], [arrived, told, fetched]);
  const counting: RequestObserver = { ...NO_REQUEST_OBSERVER, arrived: () => ({ ...WATCH }) };
  assert.equal(observeBoth(counting, info).arrived, counting.arrived);
  assert.equal(observeBoth(NO_REQUEST_OBSERVER, info), info);
  assert.equal(observeBoth(counting, NO_REQUEST_OBSERVER), counting);
});

const WATCH = { read() {}, answered() {} };

Deno.test("the access log has one line for each request, in one form", () => {
  const lines = new LogLines("INFO");
  const { observer } = requestLog(lines.log, { accessLog: true });
  const watch = observer.arrived("http", CALLER);
  assert.equal(watch.trace, undefined, "times are for DEBUG");
  watch.read("/encode", 2, 100);
  watch.answered("ok", 900, 200);
  watch.answered("cancelled", 0);
  observer.arrived("grpc", { peer: CALLER.peer, path: "/jina.JinaRPC/Call" })
    .answered("overloaded", 0);
  observer.told({ ...CALLER, method: "GET", path: "/status" }, 200, 7);
  const [http, grpc, told, more] = lines.of("access");
  assert.equal(more, undefined);
  const { time: _, ms, ...rest } = http!;
  assert.ok(Number(ms) >= 0);
  assert.deepEqual(rest, {
    level: "INFO",
    name: "access",
    message: "POST /encode",
    protocol: "http",
    client: "192.0.2.1",
    endpoint: "/encode",
    outcome: "ok",
    status: 200,
    documents: 2,
    bytesIn: 100,
    bytesOut: 900,
  });
  assert.deepEqual([grpc!.message, grpc!.outcome], ["/jina.JinaRPC/Call", "overloaded"]);
  assert.deepEqual([told!.message, told!.status, told!.bytesOut], ["GET /status", 200, 7]);
});

Deno.test("failed documents are told by id and reason, ten a second and then how many more", () => {
  const lines = new LogLines("INFO");
  const { observer, flush } = requestLog(lines.log, { accessLog: false });
  for (let i = 0; i < 25; i++) {
    observer.documentFailed({
      request: "r1",
      document: `d${i}`,
      endpoint: "/",
      error: new ClipError("document", "Cannot fetch http://u:p@host/x?key=1: refused", {
        name: "URLError",
      }),
    });
  }
  flush();
  const told = lines.of("documents");
  assert.equal(told.length, 11);
  const { time: _, ...first } = told[0]!;
  assert.deepEqual(first, {
    level: "INFO",
    name: "documents",
    message: "Document failed",
    document: "d0",
    request: "r1",
    endpoint: "/",
    error: "URLError",
    reason: "Cannot fetch http://host/x?… refused",
  });
  assert.equal(told[10]!.more, 15);
});

Deno.test("both observers hear of a request, and the trace is the one that there is", () => {
  const heard: string[] = [];
  const counting: RequestObserver = {
    ...NO_REQUEST_OBSERVER,
    arrived: () => ({
      read: (endpoint) => void heard.push(`read ${endpoint}`),
      answered: (outcome) => void heard.push(outcome),
    }),
    served: () => void heard.push("served"),
  };
  const lines = new LogLines("DEBUG");
  const both = observeBoth(counting, requestLog(lines.log, { accessLog: false }).observer);
  const watch = both.arrived("http", CALLER);
  assert.ok(watch.trace);
  watch.read("/rank", 1, 1);
  watch.trace.computed({ queueMs: 1, preprocessMs: 2, computeMs: 3.14 });
  watch.answered("failed", 2, 200);
  both.served("clip_t", "/rank", "failed", 1, 1);
  assert.deepEqual(heard, ["read /rank", "failed", "served"]);
  const { queueMs, preprocessMs, computeMs, outcome } = lines.of("request")[0]!;
  assert.deepEqual({ queueMs, preprocessMs, computeMs, outcome }, {
    queueMs: 1,
    preprocessMs: 2,
    computeMs: 3.1,
    outcome: "failed",
  });
});
