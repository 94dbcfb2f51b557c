/** Options of `export` -> what the plan takes. */
import type { PlanOptions } from "../../deployment/plan/options.ts";
import type { Place } from "../../deployment/kubernetes/object.ts";
import type { ReadEnv } from "../../model/store/settings.ts";
import type { Given } from "../words/given.ts";

/** RFC 1035: names of Services begin with a letter. */
const SERVICE = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
/** RFC 1123, as Kubernetes wants other names. */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
/** The longest name, with room for what is put behind it. */
const MAX_NAME = 40;
const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;
const MAX_REPLICAS = 10_000;
const MAX_GPUS = 64;
const MAX_CORES = 1024;
const LEAST_MEMORY = 256 * 2 ** 20;

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * What all exports take; what the command does not have is not given.
 * @param image the option that names the image
 */
export function planOptions(
  given: Given,
  env: ReadEnv,
  image = "image",
): Omit<PlanOptions, "programFolder"> {
  return {
    name: named(given, "name", SERVICE, MAX_NAME),
    image: imageOf(given, image),
    replicas: replicasOf(given),
    gpus: given.whole("gpus", 0, MAX_GPUS),
    cpu: coresOf(given),
    memoryBytes: sizeOf(given, "memory", LEAST_MEMORY),
    cacheBytes: sizeOf(given, "cache-size", 1),
    cacheClaim: named(given, "cache-claim", SUBDOMAIN, MAX_SUBDOMAIN),
    cacheStorageClass: storageClassOf(given),
    modelsClaim: named(given, "models-claim", SUBDOMAIN, MAX_SUBDOMAIN),
    indexBytes: sizeOf(given, "index-size", 1),
    indexStorageClass: named(given, "storage-class", SUBDOMAIN, MAX_SUBDOMAIN),
    variables: given.all("env").map((text) => variableOf(text, given, env)),
    variableSecrets: given.all("env-secret").map((name) =>
      checked(given, "env-secret", name, SUBDOMAIN, MAX_SUBDOMAIN)
    ),
  };
}

/** Where objects go. */
export function placeOf(given: Given): Place {
  const namespace = named(given, "namespace", LABEL, MAX_LABEL);
  const jinas = named(given, "k8s-namespace", LABEL, MAX_LABEL);
  if (namespace !== undefined && jinas !== undefined && namespace !== jinas) {
    throw given.fault(`--namespace is '${namespace}' and --k8s-namespace '${jinas}'`);
  }
  return { namespace: namespace ?? jinas, pullSecrets: pullSecretsOf(given) };
}

/** Secrets with which the image is pulled. */
export function pullSecretsOf(given: Given): string[] {
  return given.all("image-pull-secret").map((name) =>
    checked(given, "image-pull-secret", name, SUBDOMAIN, MAX_SUBDOMAIN)
  );
}

/** The name of an object that is there. */
export function objectNamed(given: Given, option: string): string | undefined {
  return named(given, option, SUBDOMAIN, MAX_SUBDOMAIN);
}

function named(given: Given, option: string, pattern: RegExp, most: number): string | undefined {
  const text = given.text(option);
  return text === undefined ? undefined : checked(given, option, text, pattern, most);
}

function checked(
  given: Given,
  option: string,
  text: string,
  pattern: RegExp,
  most: number,
): string {
  if (pattern.test(text) && text.length <= most) return text;
  throw given.fault(
    `--${option} takes a name of small letters, digits and '-', at most ${most} of them` +
      `${pattern === SERVICE ? ", a letter first" : ""}: ` +
      `received "${text.slice(0, 100)}"`,
  );
}

function storageClassOf(given: Given): string | undefined {
  const text = named(given, "cache-storage-class", SUBDOMAIN, MAX_SUBDOMAIN);
  if (text !== undefined && given.text("cache-claim") !== undefined) {
    throw given.fault("--cache-claim is a volume that is there: it has its storage class already");
  }
  return text;
}

function imageOf(given: Given, option: string): string | undefined {
  const text = given.text(option);
  if (text === undefined || /^[\w][\w.:/@-]*$/.test(text)) return text;
  throw given.fault(`--${option} takes the name of an image: received "${text.slice(0, 100)}"`);
}

function replicasOf(given: Given): { least: number; most: number } | undefined {
  const text = given.text("replicas");
  if (text === undefined) return undefined;
  const [, first, second] = /^(\d{1,6})(?:[-:](\d{1,6}))?$/.exec(text) ?? [];
  const least = Number(first);
  const most = Number(second ?? first);
  if (least >= 1 && most >= least && most <= MAX_REPLICAS) return { least, most };
  throw given.fault(
    `--replicas takes a number from 1, or two as 2-8, the smaller one first: received "${
      text.slice(0, 100)
    }"`,
  );
}

function coresOf(given: Given): number | undefined {
  const text = given.text("cpu");
  if (text === undefined) return undefined;
  const [, digits, thousandths] = /^(\d{1,7}(?:\.\d{1,3})?)(m?)$/.exec(text) ?? [];
  const cores = thousandths === "m" ? Number(digits) / 1000 : Number(digits);
  if (cores >= 0.1 && cores <= MAX_CORES) return cores;
  throw given.fault(`--cpu takes cores, as 2 or 500m: received "${text.slice(0, 100)}"`);
}

function sizeOf(given: Given, option: string, least: number): number | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  const [, digits, unit = ""] = /^(\d{1,15}(?:\.\d{1,3})?)([kMGT]|[KMGT]i)?B?$/.exec(text) ?? [];
  const bytes = Math.ceil(Number(digits) * (UNITS[unit] ?? NaN));
  if (bytes >= least && Number.isSafeInteger(bytes)) return bytes;
  const atLeast = least > 1 ? ` (at least ${least / 2 ** 20}Mi)` : "";
  throw given.fault(
    `--${option} takes a size as 512Mi or 4Gi${atLeast}: received "${text.slice(0, 100)}"`,
  );
}

function variableOf(text: string, given: Given, env: ReadEnv): { name: string; value: string } {
  const [, name, value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === undefined) {
    throw given.fault(
      `--env takes NAME=VALUE or NAME: received "${text.split("=")[0]!.slice(0, 100)}"`,
    );
  }
  const found = value ?? env(name);
  if (found === undefined) throw given.fault(`--env ${name}: there is no such variable here`);
  return { name, value: found };
}
