/** That credentials are asked for where ECS, EKS and EC2 have them, in a network with these addresses. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Pod } from "../../deploy/container/pod.ts";

const CHILD = fileURLToPath(new URL("link_local_child.ts", import.meta.url));
const ADDRESSES = [
  "169.254.170.2/32",
  "169.254.170.23/32",
  "169.254.169.254/32",
  "fd00:ec2::23/128",
  "fd00:ec2::254/128",
];

Deno.test("credentials are found at the addresses of ECS, EKS and EC2, without a setting", async () => {
  await using pod = await Pod.start();
  for (const address of ADDRESSES) {
    const { code, out } = await pod.run("ip", "address", "add", address, "dev", "lo", "nodad");
    assert.equal(code, 0, out);
  }
  const token = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(token, "a pod's token\n");
    const { code, out } = await pod.run(Deno.execPath(), "run", "-A", "--no-check", CHILD, token);
    assert.equal(code, 0, out);
    assert.deepEqual(out.trim().split("\n"), ["ecs", "eks", "eks ipv6", "ec2", "ec2 ipv6"]);
  } finally {
    await Deno.remove(token);
  }
});
