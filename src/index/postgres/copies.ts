/** Backups: tables beside the index's own, of the same database. */
import { ClipError } from "../../errors.ts";
import { MAX_BACKUPS } from "../bounds.ts";
import { tooManyBackups } from "../told.ts";
import type { Session } from "./connections.ts";
import { describe, describedOf, isThere } from "./schema.ts";
import type { Table } from "./table.ts";

/** Removes all documents, in a transaction; the graph is made anew from what comes. */
export async function clear(session: Session, { name }: Table): Promise<void> {
  // A graph that is being built is of what goes now, and may take an hour: `truncate` would wait for
  // it, and everybody else for that.
  await session.query(
    "select pg_cancel_backend(pid) from pg_stat_progress_create_index join pg_stat_activity " +
      "using (pid) where relid = to_regclass($1) and usename = current_user",
    [name.quoted],
  );
  // Whoever reads or writes now goes on first, and whoever comes waits for the commit.
  await session.query(`truncate ${name.quoted}`);
  await session.query(`drop index if exists ${name.graph}`);
}

/**
 * Copies the table, in a transaction.
 * @throws {ClipError} "invalid" if there are too many backups.
 */
export async function backup(session: Session, table: Table, copy: string): Promise<void> {
  const { name, shape } = table;
  const target = name.backup(copy);
  // One after the other: tables of one name, made at once, fail each other, and none counts the other.
  await session.query("select pg_advisory_xact_lock(hashtextextended($1, 2))", [name.quoted]);
  const others = await session.query(
    "select from pg_class where relkind = 'r' and starts_with(relname, $1) and relnamespace = " +
      "(select relnamespace from pg_class where oid = to_regclass($2)) " +
      "and oid is distinct from to_regclass($3)",
    [name.backupsBegin, name.quoted, target],
  );
  if (others.length >= MAX_BACKUPS) throw new ClipError("invalid", tooManyBackups(MAX_BACKUPS));
  await session.query(`drop table if exists ${target}`);
  await session.query(`create table ${target} (like ${name.quoted} including storage)`);
  await session.query(`insert into ${target} select * from ${name.quoted}`);
  await describe(session, target, shape);
}

/**
 * Puts a copy in the place of the documents, in a transaction.
 * @throws {ClipError} "not_found", "invalid"
 */
export async function restore(session: Session, table: Table, copy: string): Promise<void> {
  const { name, shape, columns, strayColumns } = table;
  const source = name.backup(copy);
  if (!await isThere(session, source)) {
    throw new ClipError("not_found", `There is no backup '${copy}'`);
  }
  const described = await describedOf(session, source);
  if (described?.dimensions !== shape.dimensions || described.metric !== shape.metric) {
    throw new ClipError(
      "invalid",
      `The backup '${copy}' holds embeddings of ${described?.dimensions} dimensions for ` +
        `${described?.metric}, and the index has ${shape.dimensions} for ${shape.metric}`,
    );
  }
  await clear(session, table);
  const there = await session.query<{ name: string; type: string }>(
    "select quote_ident(attname) as name, format_type(atttypid, atttypmod) as type " +
      "from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
    [source],
  );
  const names = new Set(there.map(({ name }) => name));
  const kept = [...columns.map(({ quoted }) => quoted), ...strayColumns];
  const shared = kept.filter((column) => names.has(column) || names.has(column.slice(1, -1)));
  const fields = ["id", "position", "document", "embedding", ...shared].join(", ");
  await session.query(
    `insert into ${name.quoted} (in_graph, ${fields}) select true, ${fields} from ${source}`,
  );
}
