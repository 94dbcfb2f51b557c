/** Options of all commands that embed: by which model, in this process or by servers. */
import type { Option } from "./command.ts";

/** Where a server is, and how it is spoken to. */
export const SERVER_OPTIONS: readonly Option[] = [
  {
    name: "server",
    value: "URL",
    doc: "the server: grpc://HOST:PORT, or grpcs, http, https, ws, wss",
  },
  {
    name: "api-key",
    value: "KEY",
    doc: "the server's API key; better in the variable CLIPLINE_API_KEY, as all can read a " +
      "process's words",
  },
  {
    name: "ca",
    value: "FILE",
    offered: "path",
    doc: "PEM file with the authorities that the server's certificate may come from",
  },
];

/** Several servers side by side. */
const SERVERS_OPTIONS: readonly Option[] = SERVER_OPTIONS.map((option) =>
  option.name === "server"
    ? { ...option, repeatable: true, doc: `${option.doc}; several share the work` }
    : option
);

/** The model: in this process, or behind a server. */
export const EMBEDDING_OPTIONS: readonly Option[] = [
  {
    name: "model",
    short: "m",
    value: "NAME",
    offered: "model",
    doc: "the model, as ViT-B-32::openai (`model list` has all); demo is a small one that comes " +
      "along",
  },
  {
    name: "flow",
    value: "FLOW",
    offered: "flow",
    doc: "a Flow YAML, or the name of a built-in one: its first executor, or that of --model",
  },
  {
    name: "device",
    value: "DEVICE",
    offered: ["auto", "cpu", "cuda", "tensorrt", "webgpu"],
    doc: "as in flows: auto (default), cpu, cuda, cuda:1, tensorrt, webgpu",
  },
  {
    name: "dtype",
    value: "TYPE",
    offered: ["auto", "fp32", "fp16", "int8"],
    doc: "as in flows: fp32, fp16 or int8",
  },
  { name: "replicas", value: "N", doc: "sessions side by side, as in flows" },
  ...SERVERS_OPTIONS,
];

/** Output for programs, and less of it for people. */
export const JSON_OPTION: Option = { name: "json", doc: "print JSON, for programs" };

/** No progress, no warnings. */
export const QUIET_OPTION: Option = {
  name: "quiet",
  short: "q",
  doc: "print errors only, and results",
};
