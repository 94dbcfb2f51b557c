/**
 * The worker of an embedded index, whose database can have no more pages than it has while a file
 * `full` lies beside it: SQLite says then what it says of a full disk.
 */
/// <reference lib="deno.worker" />
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import "../../../workers/index.ts";

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  if (sql === "BEGIN IMMEDIATE") {
    const pages = isFull(dirname(this.location()!)) ? 1 : 2 ** 30;
    this.prepare(`PRAGMA max_page_count = ${pages}`).get();
  }
  exec.call(this, sql);
};

function isFull(folder: string): boolean {
  try {
    Deno.statSync(join(folder, "full"));
    return true;
  } catch {
    return false;
  }
}
