/**
 * Profiles, out of the files that all AWS tools share: `~/.aws/config` and `~/.aws/credentials`.
 * Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
 */
import { join } from "node:path";
import { ClipError } from "../../errors.ts";
import type { Environment } from "./environment.ts";
import { readSections, type Section, type Sections } from "./sections.ts";

/** The profile that is used, out of both files. */
export interface Profile {
  name: string;
  /** Its keys; where both files have one, that of the credentials file. */
  keys: Section;
  /** The section `services` that it names. */
  services: Section;
  /** Another profile, for `source_profile`; undefined if there is none of that name. */
  other(name: string): Section | undefined;
  /** A section `sso-session`; undefined if there is none of that name. */
  ssoSession(name: string): Section | undefined;
  /**
   * Which of the usual files are there and could not be read, and why: `'/root/.aws/config': permission
   * denied`. That is no fault where nothing of them is needed.
   */
  unread: readonly string[];
}

const NOTHING: Section = new Map();

/**
 * Reads the profile that `AWS_PROFILE` names, or `default`.
 * @throws {ClipError} "config" if a profile is named and not there, a named file cannot be read, or the
 * profile names services that are not there.
 */
export async function readProfile(environment: Environment): Promise<Profile> {
  const unread: string[] = [];
  const [config, credentials] = await Promise.all([
    readFile("AWS_CONFIG_FILE", "config", environment, unread),
    readFile("AWS_SHARED_CREDENTIALS_FILE", "credentials", environment, unread),
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
    throw noProfile(asked, [...config.keys(), ...credentials.keys()], unread);
  }
  const services = keys?.get("services");
  const named = services === undefined ? NOTHING : config.get(`services ${services}`);
  if (named === undefined) {
    throw new ClipError(
      "config",
      `The AWS profile '${name}' has services = ${services}, and there is no section ` +
        `[services ${services}]`,
    );
  }
  return {
    name,
    keys: keys ?? NOTHING,
    services: named,
    other: find,
    ssoSession: (session) => config.get(`sso-session ${session}`),
    unread,
  };
}

/** @throws {ClipError} "config" for one that is named, and cannot be read. */
async function readFile(
  variable: string,
  usual: string,
  environment: Environment,
  unread: string[],
): Promise<Sections> {
  const named = environment(variable);
  const path = named === undefined ? sharedFile(environment, usual) : inHome(environment, named);
  if (path === undefined) return new Map();
  const read = await readSections(path);
  if (read.trouble !== undefined && named !== undefined) {
    throw new ClipError("config", `Cannot read ${read.trouble} (${variable})`);
  }
  if (read.trouble !== undefined && !read.absent) unread.push(read.trouble);
  return read.sections;
}

/** A file of those that the AWS tools share; undefined for who has no home. */
export function sharedFile(environment: Environment, ...names: string[]): string | undefined {
  const home = homeOf(environment);
  return home === undefined ? undefined : join(home, ".aws", ...names);
}

/** Files of services name it so, and no shell has read that. */
function inHome(environment: Environment, path: string): string {
  return path.replace(/^~(?=\/)/, homeOf(environment) ?? "~");
}

function homeOf(environment: Environment): string | undefined {
  return environment("HOME") ?? environment("USERPROFILE");
}

function noProfile(asked: string, sections: string[], unread: readonly string[]): ClipError {
  const names = sections
    .map((section) => section.replace(/^profile /, ""))
    .filter((section) => !/^(services|sso-session) /.test(section));
  const there = names.length > 0
    ? `there are: ${[...new Set(names)].slice(0, 20).join(", ")}`
    : unread.length > 0
    ? `not read: ${unread.join("; ")}`
    : "there are none in ~/.aws/config and ~/.aws/credentials";
  return new ClipError("config", `There is no AWS profile '${asked}' (AWS_PROFILE); ${there}`);
}
