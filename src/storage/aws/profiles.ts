/**
 * The files of profiles that all AWS tools share: `~/.aws/config` and `~/.aws/credentials`.
 * Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
 */
import { join } from "node:path";
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import type { Environment } from "./environment.ts";

/** A section: its keys; those of an inner list are `s3.addressing_style`. */
export type Section = ReadonlyMap<string, string>;

/** The profile that is used, out of both files. */
export interface Profile {
  name: string;
  /** Its keys; where both files have one, that of the credentials file. */
  keys: Section;
  /** The section `services` that it names. */
  services: Section;
  /** Another profile, for `source_profile`; undefined if there is none of that name. */
  other(name: string): Section | undefined;
}

const NOTHING: Section = new Map();

/**
 * Reads the profile that `AWS_PROFILE` names, or `default`.
 * @throws {ClipError} "config" if a profile is named and not there, or a named file cannot be read.
 */
export async function readProfile(environment: Environment): Promise<Profile> {
  const home = environment("HOME") ?? environment("USERPROFILE") ?? "";
  const read = (variable: string, file: string) =>
    readSections(environment(variable), join(home, ".aws", file));
  const [config, credentials] = await Promise.all([
    read("AWS_CONFIG_FILE", "config"),
    read("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
  ]);
  const find = (name: string): Section | undefined => {
    const inConfig = config.get(`profile ${name}`) ??
      (name === "default" ? config.get(name) : undefined);
    const own = credentials.get(name);
    return inConfig || own ? new Map([...inConfig ?? [], ...own ?? []]) : undefined;
  };
  const asked = environment("AWS_PROFILE") ?? environment("AWS_DEFAULT_PROFILE");
  const name = asked ?? "default";
  const keys = find(name);
  if (asked !== undefined && keys === undefined) {
    const names = [...config.keys(), ...credentials.keys()]
      .map((section) => section.replace(/^profile /, ""))
      .filter((section) => !/^(services|sso-session) /.test(section));
    const there = names.length === 0
      ? "there are none in ~/.aws/config and ~/.aws/credentials"
      : `there are: ${[...new Set(names)].slice(0, 20).join(", ")}`;
    throw new ClipError("config", `There is no AWS profile '${asked}' (AWS_PROFILE); ${there}`);
  }
  const services = keys?.get("services");
  return {
    name,
    keys: keys ?? NOTHING,
    services: (services && config.get(`services ${services}`)) || NOTHING,
    other: find,
  };
}

async function readSections(
  named: string | undefined,
  usual: string,
): Promise<Map<string, Map<string, string>>> {
  try {
    return parseSections(await Deno.readTextFile(named ?? usual));
  } catch (thrown) {
    const isAbsent = thrown instanceof Deno.errors.NotFound ||
      thrown instanceof Deno.errors.NotADirectory;
    if (named === undefined && isAbsent) return new Map();
    throw new ClipError("config", `Cannot read '${named ?? usual}': ${fileTrouble(thrown)}`);
  }
}

/** The sections of such a file, by their names. What is no section and no key is passed over. */
export function parseSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let outer: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const name = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]?.replace(/\s+/g, " ");
    if (name !== undefined) {
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      outer = undefined;
      continue;
    }
    const [, indent, key, value] = /^(\s*)([^=]+?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section === undefined || key === undefined) continue;
    const plain = value!.replace(/\s+[#;].*$/, "");
    if (indent !== "" && outer !== undefined) section.set(`${outer}.${key}`, plain);
    else {
      section.set(key, plain);
      outer = plain === "" ? key : undefined;
    }
  }
  return sections;
}
