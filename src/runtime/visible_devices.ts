/**
 * `CUDA_VISIBLE_DEVICES` as Jina documents it (docs.jina.ai, "Use GPU"; jina 3.20
 * `orchestrate/deployments/__init__.py`): the driver's own list, and `RR…`, which deals devices to
 * the replicas in turn.
 *
 * | value     | devices of replicas 0, 1, 2, 3 of a machine with four |
 * | --------- | ----------------------------------------------------- |
 * | not set   | 0, 0, 0, 0 (each sees all)                            |
 * | empty     | none                                                  |
 * | `2`       | 2, 2, 2, 2                                            |
 * | `0,1`     | 0, 0, 0, 0 (each sees 0 and 1, and takes the first)   |
 * | `RR`      | 0, 1, 2, 3                                            |
 * | `RR0:2`   | 0, 1, 0, 1                                            |
 * | `RR1,3`   | 1, 3, 1, 3                                            |
 */
import { ClipError } from "../errors.ts";

const CHOOSES_NONE = "chooses none of the";

/** More than any machine has. */
const MANY_DEVICES = 1024;

/** A device as the driver counts it, with its UUID if it is known. */
export interface CountedDevice {
  uuid?: string | undefined;
}

/** Whether only the driver can read the value: MIG slices have no number of their own. */
export function namesMigSlices(value: string): boolean {
  return /(^|,|^RR)\s*MIG-/i.test(value);
}

/**
 * Which devices each replica sees, in order; a replica runs on the first of them unless the flow
 * says `cuda:N`, which counts within them.
 *
 * @param value of `CUDA_VISIBLE_DEVICES`; `undefined` if it is not set.
 * @param devices all devices, in the driver's order.
 * @returns per replica the devices' numbers; all empty if the value hides every device.
 * @throws {ClipError} "config" if it names a device that is not there or cannot be read.
 */
export function visibleDevices(
  value: string | undefined,
  devices: readonly CountedDevice[],
  replicas: number,
): number[][] {
  const all = devices.map((_, index) => index);
  const each = (numbers: number[]) => Array.from({ length: replicas }, () => numbers);
  if (value === undefined) return each(all);
  const text = value.trim();
  const dealt = /^RR(.*)$/is.exec(text);
  if (!dealt) return each(list(text, devices, value));
  const range = dealt[1]!.trim().replace(/^\[(.*)\]$/, "$1");
  const chosen = range === ""
    ? all
    : range.includes(":")
    ? slice(range, all, value)
    : list(range, devices, value);
  if (chosen.length === 0 && all.length > 0) {
    throw unreadable(value, `'RR${range}' ${CHOOSES_NONE} ${all.length} devices`);
  }
  return Array.from(
    { length: replicas },
    (_, replica) => chosen.length === 0 ? [] : [chosen[replica % chosen.length]!],
  );
}

/**
 * What is wrong with a value whatever devices the machine has, to follow the value in a sentence;
 * undefined if nothing is. Without a GPU nobody else would say so.
 */
export function visibleDevicesFault(value: string): string | undefined {
  const named = /GPU-[0-9a-f-]*/gi;
  if (value.trim() === "" || namesMigSlices(value) || named.test(value)) return undefined;
  try {
    const [seen] = visibleDevices(value, Array(MANY_DEVICES).fill({}), 1);
    return seen!.length > 0 ? undefined : "hides every GPU";
  } catch (thrown) {
    const reason = (thrown as ClipError).message.split(": ").slice(1).join(": ");
    return reason.includes(CHOOSES_NONE)
      ? "chooses no GPU, however many there are"
      : `cannot be read: ${reason}`;
  }
}

/** Numbers and UUIDs with commas between. As for the driver, the list ends at a negative number. */
function list(text: string, devices: readonly CountedDevice[], value: string): number[] {
  const numbers: number[] = [];
  if (text === "" || /^NoDevFiles$/i.test(text)) return numbers;
  for (const part of text.split(",").map((part) => part.trim())) {
    if (/^-\d+$/.test(part)) break;
    const number = /^\d+$/.test(part) ? Number(part) : byUuid(part, devices);
    if (number === undefined) throw unreadable(value, `'${part}' is neither a number nor a UUID`);
    if (number < 0 || number >= devices.length) {
      throw unreadable(value, `device ${part} is not there: ${counted(devices.length)}`);
    }
    if (numbers.includes(number)) throw unreadable(value, `device ${part} is named twice`);
    numbers.push(number);
  }
  return numbers;
}

/** As the driver does, a UUID may be cut short as long as it is unique; -1 if it is not there. */
function byUuid(text: string, devices: readonly CountedDevice[]): number | undefined {
  if (!/^GPU-[0-9a-f-]*$/i.test(text)) return undefined;
  const wanted = text.toLowerCase();
  const found = devices.flatMap(({ uuid }, index) =>
    uuid?.toLowerCase().startsWith(wanted) ? [index] : []
  );
  return found.length === 1 ? found[0]! : -1;
}

/** Python's slices, `start:stop:step`, negative numbers too. */
function slice(text: string, all: readonly number[], value: string): number[] {
  const parts = text.split(":").map((part) => part.trim());
  if (parts.length > 3 || parts.some((part) => !/^(-?\d+)?$/.test(part))) {
    throw unreadable(value, `'${text}' is not a slice like 0:2`);
  }
  const [start, stop, step] = parts.map((part) => part === "" ? undefined : Number(part));
  if (step === 0) throw unreadable(value, "a slice's step cannot be 0");
  const by = step ?? 1;
  const whole = by > 0 ? all.slice(start, stop) : all.toReversed().filter((number) => {
    const from = clamp(start, all.length, all.length - 1);
    const to = stop === undefined ? -1 : clamp(stop, all.length, -1);
    return number <= from && number > to;
  });
  return whole.filter((_, index) => index % Math.abs(by) === 0);
}

function clamp(index: number | undefined, length: number, otherwise: number): number {
  if (index === undefined) return otherwise;
  return Math.max(-1, Math.min(length - 1, index < 0 ? index + length : index));
}

function counted(total: number): string {
  if (total === 0) return "the driver counts none";
  return total === 1 ? "the driver counts one, number 0" : `the driver counts ${total}, from 0`;
}

function unreadable(value: string, reason: string): ClipError {
  return new ClipError(
    "config",
    `Cannot use CUDA_VISIBLE_DEVICES='${value}': ${reason}; write device numbers like 0,1 or ` +
      "RR, RR0:2 or RR1,3 to deal devices to the replicas in turn",
  );
}
