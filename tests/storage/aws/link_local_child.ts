// deno-lint-ignore-file no-console -- the test reads its output
/**
 * A process in a network where somebody answers at the addresses that ECS, EKS and EC2 have:
 * `link_local_child.ts TOKEN_FILE`. It prints whose credentials are found, a line for each of them.
 */
import { credentialChain } from "../../../src/storage/aws/chain.ts";
import { readProfile } from "../../../src/storage/aws/profiles.ts";

const TOKEN_FILE = Deno.args[0]!;
const WHO = {
  "169.254.170.2": "ecs",
  "169.254.170.23": "eks",
  "fd00:ec2::23": "eks ipv6",
  "169.254.169.254": "ec2",
  "fd00:ec2::254": "ec2 ipv6",
};

function credentials(name: string): Response {
  return Response.json({ AccessKeyId: name, SecretAccessKey: "s", Token: "t", AccountId: "1" });
}

function answer(who: string, request: Request): Response {
  const { pathname } = new URL(request.url);
  const { headers } = request;
  if (who === "ecs" && pathname === "/v2/credentials/7") return credentials(who);
  if (who.startsWith("eks") && headers.get("authorization") === "a pod's token") {
    return credentials(who);
  }
  if (!who.startsWith("ec2")) return new Response("", { status: 401 });
  if (request.method === "PUT") return new Response("tok");
  if (headers.get("x-aws-ec2-metadata-token") !== "tok") return new Response("", { status: 401 });
  return pathname.endsWith("/") ? new Response("node role\n") : credentials(who);
}

const servers = Object.entries(WHO).map(([hostname, who]) =>
  Deno.serve({ hostname, port: 80, onListen() {} }, (request) => answer(who, request))
);

async function tell(variables: Record<string, string>): Promise<void> {
  const all: Record<string, string> = { HOME: "/nowhere", ...variables };
  const environment = (name: string) => all[name];
  const found = await credentialChain(environment, await readProfile(environment))();
  console.log(found?.credentials.accessKeyId);
}

await tell({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/7" });
for (const host of ["169.254.170.23", "[fd00:ec2::23]"]) {
  await tell({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${host}/v1/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: TOKEN_FILE,
  });
}
await tell({});
await tell({ AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "IPv6" });
await Promise.all(servers.map((server) => server.shutdown()));
