/** Failures in words: which object, what was wrong, what to do. */
import type { FoundCredentials } from "../aws/credentials.ts";
import { WHERE_LOOKED } from "../aws/chain.ts";
import { StoreError, type StoreFault } from "../object_store.ts";
import type { Refusal } from "./refusal.ts";

/** What was asked for, for the words. */
export interface Asked {
  /** `Cannot read`. */
  what: string;
  /** `s3://photos` */
  name: string;
  bucket: string;
  key: string;
  endpoint: string;
  region: string;
  regionIsGuessed: boolean;
  /** Files of profiles that could not be read. */
  unread: readonly string[];
}

/** A refusal as an error. @param found the credentials of the request. */
export function refusedError(
  refusal: Refusal,
  asked: Asked,
  found: FoundCredentials | undefined,
): StoreError {
  const fault = faultOf(refusal);
  const isOfStore = fault === "denied" || fault === "refused" || fault === "no_bucket";
  const beside = isOfStore ? besideUnread(asked) : "";
  return new StoreError(fault, intro(asked), reason(refusal, asked, found) + beside);
}

/** What might have said where the store is, and who asks. */
function besideUnread({ unread }: Asked): string {
  return unread.length === 0 ? "" : `; not read: ${unread.join("; ")}`;
}

/** Nobody answers. */
export function unreachableError(thrown: unknown, asked: Asked): StoreError {
  const where = asked.endpoint;
  const other = /\.amazonaws\.com\b/.test(where)
    ? "; AWS_ENDPOINT_URL names a store that is not AWS's"
    : "";
  return new StoreError(
    "unreachable",
    intro(asked),
    `${where} is not reached (${connectionTrouble(thrown)})${other}${besideUnread(asked)}`,
    { cause: thrown },
  );
}

/** The content is not what it was. */
export function changedError(asked: Asked): StoreError {
  return new StoreError("changed", intro(asked), "it has changed meanwhile");
}

/** Any other failure. */
export function refused(asked: Asked, why: string): StoreError {
  return new StoreError("refused", intro(asked), why);
}

/** What was tried, on which object. */
export function intro({ what, name, key }: Asked): string {
  return `${what} '${name}/${key}'`;
}

function faultOf({ status, code, foreign }: Refusal): StoreFault {
  if (foreign) return status >= 500 ? "unreachable" : "refused";
  if (code === "NoSuchKey" || code === "NotFound") return "missing";
  if (status === 412) return "changed";
  if (code === "NoSuchBucket" || status === 301 || status === 307) return "no_bucket";
  if (code === "InvalidObjectState") return "archived";
  if (code === "AccessDenied") return "denied";
  return status >= 500 && status !== 501 || status === 429 ? "unreachable" : "refused";
}

function reason(refusal: Refusal, asked: Asked, found: FoundCredentials | undefined): string {
  const { status, code, message, region, time, foreign } = refusal;
  const { bucket, endpoint } = asked;
  const said = [code, message].filter((part) => part !== "").join(": ");
  const whose = found === undefined ? "" : ` from ${found.source}`;
  if (region !== undefined && region !== asked.region && status < 500) {
    const used = `requests are for ${asked.region}${asked.regionIsGuessed ? ", a guess" : ""}`;
    return `the bucket is in the region ${region}, and ${used}: set AWS_REGION=${region}`;
  }
  switch (code) {
    case "NoSuchBucket":
      return `there is no bucket '${bucket}' at ${endpoint}`;
    case "NoSuchKey":
    case "NotFound":
      // A list is asked of the bucket, which is no key, unless the endpoint has one in its path.
      if (!foreign && /list/.test(asked.what)) return notAnEndpoint(asked, status);
      if (!foreign) return "it is not there";
      break;
    case "PreconditionFailed":
      return "it has changed meanwhile";
    case "InvalidAccessKeyId":
    // Versity's word for it.
    case "XAdminUserNotFound":
      return `${endpoint} does not know the access key${whose}; are key and endpoint of one store?`;
    case "SignatureDoesNotMatch":
      return `the secret key${whose} does not fit its access key, or the region ` +
        `(${asked.region}) is not the store's`;
    case "RequestTimeTooSkewed":
      return `the clock of this machine is ${skew(time)} off: set it`;
    case "ExpiredToken":
    case "InvalidToken":
    case "TokenRefreshRequired":
      return `the session token${whose} has expired: get new credentials`;
    case "PermanentRedirect":
    case "TemporaryRedirect":
      if (region !== undefined) {
        return `the bucket is in the region ${region}, and ${endpoint} does not lead there: set ` +
          "AWS_ENDPOINT_URL_S3 to where it is";
      }
      return `the bucket is elsewhere (${said}): set AWS_REGION or AWS_ENDPOINT_URL_S3 to where it is`;
    case "AccessDenied":
      if (found === undefined) {
        return `access is denied without credentials, and none were found: ${WHERE_LOOKED}`;
      }
      return `access is denied to the credentials${whose}` +
        (message === "" || /^access denied\.?$/i.test(message) ? "" : ` (${message})`) +
        `; do they allow ${permission(asked.what)}?`;
    case "InvalidObjectState":
      return "it is in an archive (Glacier): restore it first";
    case "NotImplemented":
      return `the store cannot do this (${said})`;
  }
  if (foreign) return notAnEndpoint(asked, status);
  if (status >= 300 && status < 400) return `${endpoint} answers with a redirect (${status})`;
  return `the store answers ${status}${said === "" ? "" : ` (${said})`}`;
}

/** @param status of its answer, where that says something. */
export function notAnEndpoint({ endpoint }: Asked, status?: number): string {
  const answers = status === undefined ? endpoint : `${endpoint} (${status})`;
  return `what answers at ${answers} is no S3 store: ` +
    "AWS_ENDPOINT_URL is the address of its S3 API, without a bucket";
}

function permission(what: string): string {
  if (/list/.test(what)) return "s3:ListBucket";
  if (/write/.test(what)) return "s3:PutObject";
  return /remove/.test(what)
    ? "s3:DeleteObject"
    : "s3:GetObject, and s3:ListBucket where it is not there";
}

function skew(time: number): string {
  if (Number.isNaN(time)) return "too far";
  return `${Math.round(Math.abs(Date.now() - time) / 1000)} s`;
}

/** What `fetch` says, in a few words. */
function connectionTrouble(thrown: unknown): string {
  const texts: string[] = [];
  for (let at = thrown; at instanceof Error; at = at.cause) texts.push(at.message);
  const text = texts.join(": ");
  const known: readonly [RegExp, string][] = [
    [/connection refused/i, "connection refused"],
    [/dns error|failed to lookup|name or service/i, "there is no such host"],
    [/corrupt message|invalidcontenttype/i, "what listens there speaks no TLS: is it http://?"],
    // What is in it is not said: that is the signature.
    [/invalid header value/i, "a key or token has a letter in it that no request can have"],
    [/certificate|tls|ssl/i, `TLS: ${text.split(": ").at(-1)}; AWS_CA_BUNDLE adds certificates`],
    [
      /reset by peer|broken pipe|closed before|unexpected end|incomplete/i,
      "the connection breaks off",
    ],
    [/timed out/i, "no answer in time"],
  ];
  return known.find(([pattern]) => pattern.test(text))?.[1] ?? (texts.at(-1) || String(thrown));
}
