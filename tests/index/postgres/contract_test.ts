import { openPostgresIndex } from "../../../src/index/postgres/open.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { PostgresServer } from "../../support/postgres.ts";
import { engineContract } from "../engine_contract.ts";
import { NEVER } from "../contract/opening.ts";

const server = await PostgresServer.start();
Deno.test.afterAll(() => server[Symbol.asyncDispose]());

engineContract("postgres", (shape, place) =>
  openPostgresIndex({
    shape,
    url: server.url(),
    table: place,
    poolSize: 8,
    settings: { efConstruction: 128, efSearch: 64, maxConnection: 16 },
    log: SILENT_LOG,
    signal: NEVER,
    // The contract has thousands of documents: they are to be in the graph.
    graphFrom: 1000,
    lookMs: 20,
  }));
