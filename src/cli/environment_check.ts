/** Looks at environment variables that would be taken for something else, or for nothing. */
import { ENVIRONMENT } from "../flow/environment.ts";
import { nearest } from "../flow/suggest.ts";
import { MAX_STOP_SECONDS, STOP_VARIABLES, stopSeconds } from "../stop_times.ts";
import { visibleDevicesFault } from "../runtime/visible_devices.ts";

/** What a variable may hold. Absent and empty are always fine. */
interface Expectation {
  name: string;
  /** The words that follow "expected". */
  expected: string;
  holds(value: string): boolean;
}

const LEVELS = ["DEBUG", "INFO", "SUCCESS", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL"];

const EXPECTATIONS: readonly Expectation[] = [
  {
    name: "JINA_LOG_LEVEL",
    expected: "DEBUG, INFO, SUCCESS, WARNING, ERROR or CRITICAL",
    holds: (value) => LEVELS.includes(value.toUpperCase()),
  },
  {
    name: "LOG_FORMAT",
    expected: "json or text",
    holds: (value) => /^(json|text)$/i.test(value),
  },
  ...STOP_VARIABLES.map((name) => ({
    name,
    expected: `seconds, from 0 to ${MAX_STOP_SECONDS}`,
    holds: (value: string) => stopSeconds(value) !== undefined,
  })),
  ...["CLIPLINE_OFFLINE", "HF_HUB_OFFLINE"].map((name) => ({
    name,
    expected: "1 or 0",
    holds: (value: string) => /^(0|1|true|false|yes|no|on|off)$/i.test(value),
  })),
  ...["CLIPLINE_MIRROR", "HF_ENDPOINT"].map((name) => ({
    name,
    expected: "a URL with http: or https:",
    holds: (value: string) => /^https?:\/\/[^/]/i.test(value),
  })),
  // Proxies are also named in small letters.
  ...["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"].map((name) => ({
    name,
    expected: "a URL with http:, https: or socks5:",
    holds: (value: string) => /^(https?|socks5h?):\/\/[^/]/i.test(value),
  })),
  {
    name: "CUDA_TOTAL_DEVICES",
    expected: "a whole number",
    holds: (value) => /^\d+$/.test(value),
  },
];

/** What is to be said of these variables, a line each. */
export function environmentWarnings(env: Readonly<Record<string, string | undefined>>): string[] {
  const warnings: string[] = [];
  for (const { name, expected, holds } of EXPECTATIONS) {
    const value = env[name]?.trim();
    if (!value || holds(value)) continue;
    warnings.push(`${name}='${withoutPassword(value)}' is passed over; expected ${expected}`);
  }
  const devices = env.CUDA_VISIBLE_DEVICES;
  const fault = devices === undefined ? undefined : visibleDevicesFault(devices);
  if (fault !== undefined) warnings.push(`CUDA_VISIBLE_DEVICES='${devices}' ${fault}`);
  warnings.push(...misspelt(env));
  return warnings;
}

/** What names of ours begin with; others are what tests set, and what the executable does. */
const OWN = /^CLIPLINE_(?!TEST_|PEERS$|PROGRAM$)/;

/** Variables of ours that there are not. */
function misspelt(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = ENVIRONMENT.map(({ name }) => name);
  return Object.keys(env).filter((name) => OWN.test(name) && !known.includes(name)).map((name) => {
    const near = nearest(name, known);
    return `There is no variable ${name}${near === undefined ? "" : `; did you mean ${near}?`}`;
  });
}

/** The value of a URL as it may be shown. */
function withoutPassword(value: string): string {
  return value.replace(/[^/@]*@/g, "…@");
}
