/**
 * The guard against Python's `ipaddress`, which has tables of its own. Where the two differ is a
 * list here, with the reason; any other difference fails.
 */
import assert from "node:assert/strict";
import { refuseAddress } from "../../../src/service/uri/address_guard.ts";
import { IPV4_BLOCKS, IPV6_BLOCKS } from "../../../src/service/uri/address_table.ts";
import { bounds, edges, number, text, type Version } from "../../support/addresses.ts";
import { seededRandom } from "../../support/seeded_random.ts";

const ADDRESSES = 100_000;

/**
 * Python's `is_global` follows the special-purpose registries alone. Multicast, site-local and what
 * is not given out of IPv6 are properties of their own there.
 */
const PYTHON = `
import ipaddress, sys
for line in sys.stdin:
    a = ipaddress.ip_address(line.strip())
    own = a.is_multicast or a.is_reserved or (a.version == 6 and a.is_site_local)
    print(int(a.is_global and not own))
`;

interface Difference {
  version: Version;
  block: string;
  /** What the guard does with all of the block; undefined where it goes by the IPv4 address inside. */
  taken?: boolean;
  why: string;
  /** Whether every Python differs somewhere in it. */
  always?: boolean;
}

const DIFFERENCES: Difference[] = [
  { version: 4, block: "192.0.0.0/24", taken: false, why: "Python 3.11.9 and older: only a part" },
  { version: 4, block: "192.0.0.9/32", taken: true, why: "Python 3.11.9 and older: no exceptions" },
  {
    version: 4,
    block: "192.0.0.10/32",
    taken: true,
    why: "Python 3.11.9 and older: no exceptions",
  },
  {
    version: 4,
    block: "192.88.99.0/24",
    taken: false,
    why: "the registry says N/A, Python yes",
    always: true,
  },
  {
    version: 6,
    block: "::ffff:0:0/96",
    why: "Python: reserved; here the IPv4 address counts",
    always: true,
  },
  {
    version: 6,
    block: "64:ff9b::/96",
    why: "Python: reserved; here the IPv4 address counts",
    always: true,
  },
  {
    version: 6,
    block: "2001:1::1/128",
    taken: true,
    why: "Python 3.11.9 and older: no exceptions",
  },
  {
    version: 6,
    block: "2001:1::2/128",
    taken: true,
    why: "Python 3.11.9 and older: no exceptions",
  },
  { version: 6, block: "2001:1::3/128", taken: true, why: "RFC 9665 of 2025 is not in Python yet" },
  { version: 6, block: "2001:3::/32", taken: true, why: "Python 3.11.9 and older: no exceptions" },
  {
    version: 6,
    block: "2001:4:112::/48",
    taken: true,
    why: "Python 3.11.9 and older: no exceptions",
  },
  { version: 6, block: "2001:20::/28", taken: true, why: "Python 3.11.9 and older: no exceptions" },
  { version: 6, block: "2001:30::/28", taken: true, why: "Python 3.11.9 and older: no exceptions" },
  { version: 6, block: "2002::/16", taken: false, why: "Python 3.11.9 and older: 6to4 is global" },
  { version: 6, block: "3fff::/20", taken: false, why: "Python 3.11.10 and older do not have it" },
];

/** The smallest block first. */
const KNOWN = DIFFERENCES.map((difference) => {
  const [first, last] = bounds(difference.version, difference.block);
  return { ...difference, first, last, size: last - first, differed: 0 };
}).sort((a, b) => a.size < b.size ? -1 : 1);

Deno.test("refuseAddress() agrees with Python's ipaddress on 100,000 addresses, but for a list", async () => {
  const addresses = generated();
  const python = await askPython(addresses.map(({ shown }) => shown));
  const wrong: string[] = [];
  const counts = { taken: 0, refused: 0 };
  addresses.forEach(({ version, address, shown }, i) => {
    const taken = refuseAddress(shown) === undefined;
    counts[taken ? "taken" : "refused"]++;
    const known = KNOWN.find((block) =>
      block.version === version && block.first <= address && address <= block.last
    );
    const expected = known === undefined
      ? python[i]
      : known.taken ?? refuseAddress(text(4, address & 0xffff_ffffn)) === undefined;
    if (taken !== expected) wrong.push(`${shown}: taken ${taken}, expected ${expected}`);
    if (known && taken !== python[i]) known.differed++;
  });
  assert.deepEqual(wrong.slice(0, 20), []);
  assert.ok(addresses.length >= ADDRESSES);
  assert.ok(counts.taken > ADDRESSES / 10 && counts.refused > ADDRESSES / 10, `${counts}`);
  const needless = KNOWN.filter(({ always, differed }) => always && differed === 0);
  assert.deepEqual(needless.map(({ block }) => block), [], "no longer different: take them out");
});

interface Generated {
  version: Version;
  address: bigint;
  shown: string;
}

/** All edges of all blocks, then at random: inside blocks, near them, and anywhere. */
function generated(): Generated[] {
  const out: Generated[] = [];
  const add = (version: Version, address: bigint) => {
    out.push({ version, address, shown: text(version, address) });
  };
  const blocks = [
    ...IPV4_BLOCKS.map(({ block }) => ({ version: 4 as Version, block })),
    ...IPV6_BLOCKS.map(({ block }) => ({ version: 6 as Version, block })),
  ];
  for (const { version, block } of blocks) {
    for (const address of edges(version, block)) add(version, address);
  }
  const random = seededRandom(20251009);
  const bits = (count: number) => {
    let value = 0n;
    for (let i = 0; i < count; i += 16) value = value << 16n | BigInt(random.below(0x10000));
    return value;
  };
  const global = number("2000::");
  while (out.length < ADDRESSES) {
    const { version, block } = blocks[random.below(blocks.length)]!;
    const [first, last] = bounds(version, block);
    add(version, first + bits(128) % (last - first + 1n));
    add(4, bits(32));
    // Most of IPv6 is not given out: half of what is drawn lies where addresses are.
    add(6, random.below(2) === 0 ? bits(128) : global | bits(128) >> 3n);
  }
  return out;
}

async function askPython(addresses: string[]): Promise<boolean[]> {
  const child = new Deno.Command("python3", {
    args: ["-c", PYTHON],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(addresses.join("\n") + "\n"));
  await writer.close();
  const { success, stdout } = await output;
  assert.ok(success, "python3 failed: it is needed to compare with its ipaddress");
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assert.equal(lines.length, addresses.length);
  return lines.map((line) => line === "1");
}
