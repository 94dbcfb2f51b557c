/** What PostgreSQL and the way to it have to say, as errors for the reader. */
import { ClipError, KeyError } from "../../errors.ts";
import type { Address } from "./address.ts";

/** SQLSTATEs of a transaction that met another one: it may be done again. */
const COLLISIONS = new Set(["40P01", "40001"]);

/** Whether doing it again is likely to go well. */
export function isCollision(thrown: unknown): boolean {
  return COLLISIONS.has(codeOf(thrown) ?? "");
}

/** Whether a connection may be used again after an error: PostgreSQL told it and goes on, or it is ours. */
export function leavesConnection(thrown: unknown): boolean {
  const state = stateOf(thrown);
  return thrown instanceof ClipError || state !== undefined && !/^(08|57P)/.test(state);
}

/** Whether the server may be there a moment later: worth another try at the start. */
export function isPassing(error: ClipError): boolean {
  return error.kind === "unavailable";
}

/** An error of a request. */
export function requestFault(thrown: unknown, address: Address): ClipError {
  if (thrown instanceof ClipError) return thrown;
  const state = stateOf(thrown);
  const said = message(thrown);
  const at = `PostgreSQL at ${address.told}`;
  const unavailable = (text: string) => new ClipError("unavailable", text);
  if (said === "timeout exceeded when trying to connect") {
    return new ClipError("overloaded", `All connections to ${at} are at work (see pool_size)`);
  }
  if (state === undefined) return unavailable(`${at} cannot be reached: ${unreached(thrown)}`);
  switch (state) {
    case "57014":
      return unavailable(`${at} gave up a statement: ${said}`);
    case "53100":
      return unavailable(`${at} has no room left on its disk: ${said}`);
    case "25006":
      return unavailable(`${at} only reads: ${said}. It may be a standby`);
    case "42P01":
    case "42703":
      return unavailable(
        `The table '${address.table}' at ${address.told} is not as it was: ${said}. ` +
          "Start the server anew",
      );
    case "42501":
    case "28P01":
    case "28000":
    case "3D000":
      return unavailable(`${at} refuses '${address.user}': ${said}`);
  }
  if (/^(08|40|53|55|57|58)/.test(state)) return unavailable(`${at}: ${said}`);
  return new ClipError("backend", `${at}: ${said} (SQLSTATE ${state})`);
}

/** An error of the opening: what stays wrong until somebody mends it is the flow's. */
export function openingFault(thrown: unknown, address: Address): ClipError {
  if (thrown instanceof ClipError) return thrown;
  const wrong = (key: string, text: string) => new KeyError("config", key, text);
  const said = message(thrown);
  const { told, user, database, table } = address;
  const state = stateOf(thrown);
  if (state === undefined) {
    const password = /client password must be|password/i.test(said);
    if (password) {
      return wrong("url", `PostgreSQL at ${told} wants a password: it is not in the URL`);
    }
    if (/does not support SSL|certificate|self.signed|altnames/i.test(said)) {
      return wrong("url", `No TLS with PostgreSQL at ${told}: ${said}. See sslmode of the URL`);
    }
  }
  switch (state) {
    case "28P01":
      return wrong("url", `PostgreSQL at ${told} refuses the password of user '${user}'`);
    case "28000":
      return wrong("url", `PostgreSQL at ${told} refuses user '${user}': ${said}`);
    case "3D000":
      return wrong("url", `PostgreSQL at ${told} has no database '${database}': create it first`);
    case "42501":
      return wrong(
        "url",
        `PostgreSQL at ${told}: ${said}. User '${user}' needs the right to make and change ` +
          `the table '${table}' (CREATE on its schema), or has to own it`,
      );
  }
  return requestFault(thrown, address);
}

/** What cannot be reached says so in words of its own, or in none. */
function unreached(thrown: unknown): string {
  const code = codeOf(thrown);
  if (thrown instanceof AggregateError && thrown.errors.length > 0) {
    return unreached(thrown.errors[0]);
  }
  switch (code) {
    case "ECONNREFUSED":
      return "nothing listens there";
    case "ENOTFOUND":
      return "the host is not known";
  }
  return message(thrown) || (code ?? "no reason given");
}

/** Of an error that PostgreSQL told: five digits and letters. */
function stateOf(thrown: unknown): string | undefined {
  const code = codeOf(thrown);
  const told = thrown instanceof Error && "severity" in thrown;
  return told && code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function codeOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : undefined;
}

function message(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
