/** The store's settings, read from the environment once. */
import { join } from "node:path";
import { ClipError } from "../../errors.ts";

/** Where the store looks and whom it asks. */
export interface StoreSettings {
  /** Clipline's own cache: the only folder that the store writes to. */
  cache: string;
  /** Where openai/CLIP, OpenCLIP and clip-as-service keep their files. Only read. */
  clipCache: string;
  /** The Hugging Face hub's cache. Only read. */
  hubCache: string;
  /** The hub's address without a final slash. */
  hubEndpoint: string;
  /** Sent to `hubEndpoint` and nowhere else. */
  hubToken?: string;
  /** Asked instead of every public host; see `mirrored`. Without a final slash. */
  mirror?: string;
  /** Never open a connection. */
  offline: boolean;
}

/** Reads a variable of the environment. */
export type ReadEnv = (name: string) => string | undefined;

function filled(env: ReadEnv, name: string): string | undefined {
  const value = env(name)?.trim();
  return value === undefined || value === "" ? undefined : value;
}

function flag(env: ReadEnv, name: string): boolean {
  const value = filled(env, name)?.toLowerCase();
  return value !== undefined && !["0", "false", "no", "off"].includes(value);
}

function address(env: ReadEnv, name: string): string | undefined {
  const value = filled(env, name);
  if (value === undefined) return undefined;
  const protocol = URL.canParse(value) ? new URL(value).protocol : "";
  if (protocol !== "http:" && protocol !== "https:") {
    throw new ClipError(
      "config",
      `${name} must be an http or https address such as https://mirror.example/models: ` +
        `received "${value}"`,
    );
  }
  return value.replace(/\/+$/, "");
}

/**
 * The folder for everything that Clipline keeps: `CLIPLINE_CACHE`, else `$XDG_CACHE_HOME/clipline`,
 * else `~/.cache/clipline`.
 *
 * @throws {ClipError} `config` when neither a cache nor a home folder is set.
 */
export function cacheDirectory(env: ReadEnv = (name) => Deno.env.get(name)): string {
  return filled(env, "CLIPLINE_CACHE") ?? join(userCache(env), "clipline");
}

function home(env: ReadEnv): string {
  const found = filled(env, "HOME") ?? filled(env, "USERPROFILE");
  if (found === undefined) {
    throw new ClipError(
      "config",
      "Cannot choose a cache folder as neither HOME nor CLIPLINE_CACHE is set: " +
        "set CLIPLINE_CACHE to a folder that can be written to",
    );
  }
  return found;
}

function userCache(env: ReadEnv): string {
  return filled(env, "XDG_CACHE_HOME") ?? join(home(env), ".cache");
}

/**
 * Reads the store's settings.
 *
 * @throws {ClipError} `config` for an address that is none, or when no cache folder can be chosen.
 */
export function readStoreSettings(env: ReadEnv = (name) => Deno.env.get(name)): StoreSettings {
  const cache = cacheDirectory(env);
  const hasHome = (filled(env, "HOME") ?? filled(env, "USERPROFILE")) !== undefined;
  // Without a home folder nobody else's caches exist either; the own cache stands in for them.
  const others = hasHome ? join(home(env), ".cache") : cache;
  const hubHome = filled(env, "HF_HOME") ??
    join(filled(env, "XDG_CACHE_HOME") ?? others, "huggingface");
  const hubToken = filled(env, "HF_TOKEN");
  const mirror = address(env, "CLIPLINE_MIRROR");
  return {
    cache,
    // The Python programs write there whatever XDG_CACHE_HOME says.
    clipCache: join(others, "clip"),
    hubCache: filled(env, "HF_HUB_CACHE") ?? join(hubHome, "hub"),
    hubEndpoint: address(env, "HF_ENDPOINT") ?? "https://huggingface.co",
    ...(hubToken === undefined ? {} : { hubToken }),
    ...(mirror === undefined ? {} : { mirror }),
    offline: flag(env, "CLIPLINE_OFFLINE") || flag(env, "HF_HUB_OFFLINE"),
  };
}

/**
 * The mirror's address for a public one: `<mirror>/<host>/<path>`, the tree that
 * `wget --force-directories` makes.
 */
export function mirrored(url: string, mirror: string | undefined): string {
  if (mirror === undefined) return url;
  const { host, pathname, search } = new URL(url);
  return `${mirror}/${host}${pathname}${search}`;
}
