/**
 * One operation of the description out of those that several dialects have on one path and method:
 * it takes what any of them takes, and answers what any of them answers.
 */
import type { OpenApiObject } from "../../exchange/openapi.ts";

/** Finds what `$ref` stands for, of request bodies and responses; others are their own. */
export type Resolve = (object: OpenApiObject) => OpenApiObject;

type Named = Record<string, OpenApiObject>;

/** What this looks at of an operation. */
interface Operation extends OpenApiObject {
  tags: string[];
  summary?: string;
  description?: string;
  operationId?: string;
  deprecated?: boolean;
  parameters?: OpenApiObject[];
  requestBody?: OpenApiObject;
  responses: Named;
}

/** Several have it that are answered without looking at a body: the first one's is served. */
export function firstOfTold(given: readonly OpenApiObject[]): OpenApiObject {
  return { ...given[0], tags: tagsOf(given as readonly Operation[]) };
}

/** Several have it whose bodies tell whose a request is. */
export function sharedOperation(
  given: readonly OpenApiObject[],
  resolve: Resolve,
): OpenApiObject {
  const operations = given as readonly Operation[];
  const ids = operations.flatMap(({ operationId }) => operationId ?? []);
  const parameters = sharedParameters(operations);
  const bodies: OpenApiObject[] = operations.flatMap(({ requestBody, tags }) =>
    requestBody ? [{ name: tags[0]!, ...resolve(requestBody) }] : []
  );
  const summary = told(operations, "summary", ({ name, text }) => `${name}: ${text}`, "; ");
  const description = told(
    operations,
    "description",
    ({ name, text }) => `**${name}**: ${text}`,
    "\n\n",
  );
  return {
    tags: tagsOf(operations),
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    ...(ids.length === 0 ? {} : { operationId: ids.join("_or_") }),
    ...(operations.every(({ deprecated }) => deprecated) ? { deprecated: true } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(bodies.length === 0 ? {} : {
      requestBody: {
        required: bodies.length === operations.length && bodies.every((body) => body["required"]),
        content: sharedContent(bodies),
      },
    }),
    responses: sharedResponses(
      operations.map(({ responses }) =>
        Object.fromEntries(
          Object.entries(responses).map(([code, response]) => [code, resolve(response)]),
        )
      ),
    ),
  };
}

function tagsOf(operations: readonly Operation[]): string[] {
  return [...new Set(operations.flatMap(({ tags }) => tags))];
}

/** The texts of all; each with its dialect's name where they differ. */
function told(
  operations: readonly Operation[],
  key: "summary" | "description",
  write: (said: { name: string; text: string }) => string,
  separator: string,
): string | undefined {
  const said = operations.flatMap(({ tags, [key]: text }) =>
    text === undefined ? [] : [{ name: tags[0]!, text }]
  );
  if (new Set(said.map(({ text }) => text)).size < 2) return said[0]?.text;
  return said.map(write).join(separator);
}

/** Required is what all require. */
function sharedParameters(operations: readonly Operation[]): OpenApiObject[] {
  const found = new Map<string, OpenApiObject[]>();
  for (const { parameters = [] } of operations) {
    for (const parameter of parameters) {
      const key = `${parameter["in"]} ${parameter["name"]}`;
      found.set(key, [...found.get(key) ?? [], parameter]);
    }
  }
  return [...found.values()].map((same) => {
    const { required: _, schema: __, ...rest } = same[0]!;
    const required = same.length === operations.length &&
      same.every((parameter) => parameter["required"]);
    return {
      ...rest,
      ...(required ? { required } : {}),
      schema: anyOf(same.map(({ schema }) => schema)),
    };
  });
}

/** A status that one has by its number and another by its range (`4XX`) is described by both. */
function sharedResponses(all: readonly Named[]): Named {
  const codes = new Set(all.flatMap(Object.keys));
  return Object.fromEntries([...codes].map((code) => {
    const range = /^[1-5]\d\d$/.test(code) ? `${code[0]}XX` : code;
    const some = all.map((one) => one[code] ?? one[range] ?? one["default"])
      .filter((response) => response !== undefined);
    return [code, sharedResponse(some)];
  }));
}

function sharedResponse(all: readonly OpenApiObject[]): OpenApiObject {
  if (all.length === 1) return all[0]!;
  const content = sharedContent(all);
  const headers: Named = {};
  for (const response of all) {
    for (const [name, header] of Object.entries(response["headers"] as Named ?? {})) {
      const { required: _, ...rest } = header;
      const always = all.every(({ headers }) =>
        (headers as Named | undefined)?.[name]?.["required"]
      );
      headers[name] ??= always ? header : rest;
    }
  }
  return {
    description: [...new Set(all.map(({ description }) => description))].join(". Or: "),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

/** By media type: what any of them has, and everybody's examples. */
function sharedContent(all: readonly OpenApiObject[]): Named {
  const found = new Map<string, { name: string; media: OpenApiObject }[]>();
  for (const [index, { name, content }] of all.entries()) {
    for (const [type, media] of Object.entries(content as Named ?? {})) {
      found.set(type, [...found.get(type) ?? [], { name: String(name ?? index), media }]);
    }
  }
  return Object.fromEntries([...found].map(([type, some]) => {
    if (some.length === 1) return [type, some[0]!.media];
    const [{ media: { schema: _, example: __, examples: ___, ...rest } }] = some as [
      typeof some[0],
    ];
    const examples = Object.assign({}, ...some.map(({ name, media }) => examplesOf(name, media)));
    return [type, {
      ...rest,
      schema: anyOf(some.map(({ media }) => media["schema"])),
      ...(Object.keys(examples).length === 0 ? {} : { examples }),
    }];
  }));
}

function examplesOf(name: string, media: OpenApiObject): Named {
  if ("example" in media) return { [name]: { value: media["example"] } };
  const examples = media["examples"] as Named | undefined ?? {};
  return Object.fromEntries(
    Object.entries(examples).map(([key, example]) => [`${name}: ${key}`, example]),
  );
}

/** A schema that each of the schemas fits; what has none fits everything. */
function anyOf(schemas: readonly unknown[]): OpenApiObject {
  const distinct = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]));
  if (distinct.has(JSON.stringify(undefined))) return {};
  const some = [...distinct.values()] as OpenApiObject[];
  return some.length === 1 ? some[0]! : { anyOf: some };
}
