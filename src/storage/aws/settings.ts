/**
 * Where the store is and how buckets are addressed there: environment first, then the profile.
 * Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints", "AWS Region".
 */
import { ClipError } from "../../errors.ts";
import { type Environment, isOn } from "./environment.ts";
import type { Profile } from "./profiles.ts";

/** Whether the bucket stands in the path or in the host's name. */
export type Addressing = "path" | "virtual";

/** What all requests go by. */
export interface StoreSettings {
  /** Address of the service, without a slash at its end. */
  endpoint: string;
  region: string;
  /** Nobody named a region: it is a guess. */
  regionIsGuessed: boolean;
  /** "auto": in the host's name where it is AWS's own. A name that no host can have is in the path. */
  addressing: Addressing | "auto";
  /** Certificates (PEM file) that are trusted beside the usual ones. */
  caBundle: string | undefined;
  /** Whoever asks pays: buckets that want it give nothing otherwise. */
  requesterPays: boolean;
  /** Files of profiles that could not be read, for those who find nothing elsewhere. */
  unread: readonly string[];
}

/** What regions are assumed to be when nobody says, by all tools. */
const USUAL_REGION = "us-east-1";

/** @throws {ClipError} "config" for values that cannot be. */
export function readStoreSettings(environment: Environment, profile: Profile): StoreSettings {
  const named = regionOf(environment, profile);
  const region = named ?? USUAL_REGION;
  const endpoint = endpointOf("s3", environment, profile);
  return {
    endpoint: endpoint ?? serviceEndpoint("s3", region),
    region,
    regionIsGuessed: named === undefined,
    addressing: addressingOf(environment, profile, endpoint !== undefined),
    caBundle: environment("AWS_CA_BUNDLE") ?? profile.keys.get("ca_bundle"),
    requesterPays: requesterPays(environment),
    unread: profile.unread,
  };
}

/** The region that somebody named. @throws {ClipError} "config" for what is none. */
export function regionOf(environment: Environment, profile: Profile): string | undefined {
  const region = environment("AWS_REGION") ?? environment("AWS_DEFAULT_REGION") ??
    profile.keys.get("region");
  return region === undefined ? undefined : checkedRegion(region, "AWS_REGION");
}

/** A region. @param from where it stands, for the error. @throws {ClipError} "config" for what is none. */
export function checkedRegion(region: string, from: string): string {
  // It becomes a part of host names.
  if (/^[A-Za-z0-9-]{1,64}$/.test(region)) return region;
  throw new ClipError("config", `'${region}' is no AWS region (${from}); one is eu-central-1`);
}

/** A service that is asked. */
export type AwsService = "s3" | "sts" | "sso" | "sso_oidc";

/** Where AWS has it, before the region. */
const HOSTS: Readonly<Record<AwsService, string>> = {
  s3: "s3",
  sts: "sts",
  sso: "portal.sso",
  sso_oidc: "oidc",
};

/**
 * The endpoint of a service that somebody named.
 * @throws {ClipError} "config" if it is no HTTP address.
 */
export function endpointOf(
  service: AwsService,
  environment: Environment,
  profile: Profile,
): string | undefined {
  const ignored = environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ??
    profile.keys.get("ignore_configured_endpoint_urls");
  if (isOn(ignored)) return undefined;
  const found = environment(`AWS_ENDPOINT_URL_${service.toUpperCase()}`) ??
    environment("AWS_ENDPOINT_URL") ??
    (profile.services.get(`${service}.endpoint_url`) || profile.keys.get("endpoint_url"));
  if (found === undefined || found === "") return undefined;
  const url = URL.canParse(found) ? new URL(found) : undefined;
  if (url !== undefined && url.username + url.password !== "") {
    throw new ClipError(
      "config",
      `The endpoint at ${url.host} (AWS_ENDPOINT_URL) has a name or a password in its URL: give ` +
        "the keys as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    );
  }
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search + url.hash !== "") {
    throw new ClipError(
      "config",
      `'${found}' is no endpoint of an object store (AWS_ENDPOINT_URL): it is like ` +
        "https://minio.example.com or http://127.0.0.1:9000, without a bucket",
    );
  }
  return url.href.replace(/\/+$/, "");
}

/** AWS's own endpoint. */
export function serviceEndpoint(service: AwsService, region: string): string {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://${HOSTS[service]}.${region}.${domain}`;
}

/** Whether an endpoint is one of AWS. */
export function isAws(endpoint: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/i.test(new URL(endpoint).hostname);
}

/** The variable is that of GDAL; AWS's own tools have an option only. */
function requesterPays(environment: Environment): boolean {
  const payer = environment("AWS_REQUEST_PAYER");
  if (payer === undefined || payer === "requester") return payer !== undefined;
  throw new ClipError(
    "config",
    `'${payer}' is nobody who pays for requests (AWS_REQUEST_PAYER): it is 'requester', or not set`,
  );
}

function addressingOf(
  environment: Environment,
  profile: Profile,
  isNamed: boolean,
): StoreSettings["addressing"] {
  const style = environment("AWS_S3_ADDRESSING_STYLE") ??
    profile.services.get("s3.addressing_style") ?? profile.keys.get("s3.addressing_style") ??
    "auto";
  if (style === "auto" && isNamed) return "path";
  if (style === "auto" || style === "path" || style === "virtual") return style;
  throw new ClipError(
    "config",
    `'${style}' is no addressing style (AWS_S3_ADDRESSING_STYLE): path, virtual or auto`,
  );
}
