import { openPostgresIndex } from "../../../src/index/postgres/open.ts";
import { PostgresServer } from "../../support/postgres.ts";
import { engineContract } from "../engine_contract.ts";
import { options } from "./options.ts";

const server = await PostgresServer.start();
Deno.test.afterAll(() => server[Symbol.asyncDispose]());

engineContract(
  "postgres",
  (shape, place) => openPostgresIndex({ ...options(server.url(), place), shape }),
);
