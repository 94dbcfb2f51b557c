/** Names that Kubernetes and registries take, checked before they are written. */
import type { Given } from "../words/given.ts";

/** What a name may look like, how long it may be, and what is said to somebody who wrote another. */
export interface NameRule {
  pattern: RegExp;
  most: number;
  takes: string;
}

const LETTERS = "small letters, digits and '-'";

/** RFC 1035, as names of Services are, with room for what is put behind it. */
export const SERVICE_NAME: NameRule = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  most: 40,
  takes: `a name of ${LETTERS}, at most 40 of them, a letter first`,
};

/** RFC 1123, as names of namespaces are. */
export const LABEL_NAME: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  most: 63,
  takes: `a name of ${LETTERS}, at most 63 of them`,
};

/** RFC 1123, as most other names are: labels with dots between. */
export const OBJECT_NAME: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  most: 253,
  takes: `a name of ${LETTERS}, with '.' between them, at most 253`,
};

/** `prefix/name`, as keys of annotations are (kubernetes.io, "Annotations"). */
const ANNOTATION_KEY =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;

const HOST = String
  .raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?`;
const PATH = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
/** An image's name (github.com/distribution/reference): registry, path, tag, digest. */
const IMAGE = new RegExp(
  String.raw`^(?:${HOST}/)?${PATH}(?:/${PATH})*(?::\w[\w.-]{0,127})?` +
    "(?:@[A-Za-z][A-Za-z0-9+._-]*:[0-9a-fA-F]{32,})?$",
);

/** An option's value; undefined where it is not given. @throws {ClipError} "config" for another. */
export function nameOption(given: Given, option: string, rule: NameRule): string | undefined {
  const text = given.text(option);
  return text === undefined ? undefined : checkedName(given, option, text, rule);
}

/** All values of an option. @throws {ClipError} "config" for others. */
export function nameOptions(given: Given, option: string, rule: NameRule): string[] {
  return given.all(option).map((text) => checkedName(given, option, text, rule));
}

/** The name of an image. @throws {ClipError} "config" for what no registry has. */
export function imageOption(given: Given, option: string): string | undefined {
  const text = given.text(option);
  if (text === undefined || IMAGE.test(text)) return text;
  throw given.fault(
    `--${option} takes the name of an image, as registry.example/clipline:1.0: ` +
      received(text),
  );
}

/** `KEY=VALUE`, several times. @throws {ClipError} "config" for keys that are none. */
export function annotationOptions(given: Given, option: string): Record<string, string> {
  return Object.fromEntries(
    given.all(option).map((text): [string, string] => {
      const equals = text.indexOf("=");
      const key = text.slice(0, equals);
      if (equals > 0 && ANNOTATION_KEY.test(key)) return [key, text.slice(equals + 1)];
      throw given.fault(
        `--${option} takes KEY=VALUE, as eks.amazonaws.com/role-arn=ARN: ${received(text)}`,
      );
    }),
  );
}

function checkedName(given: Given, option: string, text: string, rule: NameRule): string {
  if (rule.pattern.test(text) && text.length <= rule.most) return text;
  throw given.fault(`--${option} takes ${rule.takes}: ${received(text)}`);
}

function received(text: string): string {
  return `received "${text.slice(0, 100)}"`;
}
