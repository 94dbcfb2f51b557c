/** Options of `export` -> what the plan takes. */
import { IMAGE_VARIABLES } from "../../deployment/plan/image_variables.ts";
import type { PlanOptions } from "../../deployment/plan/options.ts";
import type { Place } from "../../deployment/kubernetes/object.ts";
import type { ReadEnv } from "../../model/store/settings.ts";
import type { Given } from "../words/given.ts";
import {
  imageOption,
  LABEL_NAME,
  nameOption,
  nameOptions,
  OBJECT_NAME,
  SERVICE_NAME,
} from "./checked_names.ts";

const MAX_REPLICAS = 10_000;
const MAX_GPUS = 64;
const MAX_CORES = 1024;
const LEAST_MEMORY = 256 * 2 ** 20;
const LEAST_VOLUME = 64 * 2 ** 20;

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
    name: nameOption(given, "name", SERVICE_NAME),
    image: imageOption(given, image),
    replicas: replicasOf(given),
    gpus: given.whole("gpus", 0, MAX_GPUS),
    cpu: coresOf(given),
    memoryBytes: sizeOf(given, "memory", LEAST_MEMORY),
    cacheBytes: sizeOf(given, "cache-size", LEAST_VOLUME),
    cacheClaim: nameOption(given, "cache-claim", OBJECT_NAME),
    cacheStorageClass: storageClassOf(given),
    modelsClaim: nameOption(given, "models-claim", OBJECT_NAME),
    indexBytes: sizeOf(given, "index-size", LEAST_VOLUME),
    indexStorageClass: nameOption(given, "storage-class", OBJECT_NAME),
    variables: given.all("env").map((text) => variableOf(text, given, env)),
    variableSecrets: nameOptions(given, "env-secret", OBJECT_NAME),
  };
}

/** Where objects go. */
export function placeOf(given: Given): Place {
  const namespace = nameOption(given, "namespace", LABEL_NAME);
  const jinas = nameOption(given, "k8s-namespace", LABEL_NAME);
  if (namespace !== undefined && jinas !== undefined && namespace !== jinas) {
    throw given.fault(`--namespace is '${namespace}' and --k8s-namespace '${jinas}'`);
  }
  return { namespace: namespace ?? jinas, pullSecrets: pullSecretsOf(given) };
}

/** Secrets with which the image is pulled. */
export function pullSecretsOf(given: Given): string[] {
  return nameOptions(given, "image-pull-secret", OBJECT_NAME);
}

function storageClassOf(given: Given): string | undefined {
  const text = nameOption(given, "cache-storage-class", OBJECT_NAME);
  if (given.text("cache-claim") === undefined) return text;
  for (const option of ["cache-storage-class", "cache-size"]) {
    if (given.text(option) === undefined) continue;
    throw given.fault(`--cache-claim is a volume that is there: --${option} is for one to be made`);
  }
  return text;
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
  throw given.fault(
    `--${option} takes a size as 512Mi or 4Gi (at least ${least / 2 ** 20}Mi): received "${
      text.slice(0, 100)
    }"`,
  );
}

function variableOf(text: string, given: Given, env: ReadEnv): { name: string; value: string } {
  const [, name, value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === undefined) {
    throw given.fault(
      `--env takes NAME=VALUE or NAME: received "${text.split("=")[0]!.slice(0, 100)}"`,
    );
  }
  const fixed = IMAGE_VARIABLES.get(name);
  if (fixed !== undefined) throw given.fault(`--env ${name}: ${fixed}; expected another variable`);
  const found = value ?? env(name);
  if (found === undefined) throw given.fault(`--env ${name}: there is no such variable here`);
  return { name, value: found };
}
