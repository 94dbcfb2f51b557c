import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { credentialChain } from "../../../src/storage/aws/chain.ts";
import type { FoundCredentials } from "../../../src/storage/aws/credentials.ts";
import { readProfile } from "../../../src/storage/aws/profiles.ts";
import { Botocore } from "./botocore/botocore.ts";

const CONFIG = `
[profile role]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Reader & Writer
[profile old]
sso_start_url = https://corp.awsapps.com/start#/
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Reader
[profile through]
role_arn = arn:aws:iam::1:role/clip
role_session_name = me
duration_seconds = 1800
source_profile = role
[profile lost]
sso_session = nowhere
sso_account_id = 1
sso_role_name = R
[profile half]
sso_session = corp
sso_role_name = R
[profile other]
sso_session = corp
sso_region = us-east-1
sso_account_id = 1
sso_role_name = R
[profile bearer]
sso_session = corp
aws_access_key_id = A
aws_secret_access_key = B
[profile both]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Reader & Writer
aws_access_key_id = A
aws_secret_access_key = B
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access
`;

const HOUR = 3_600_000;
const RENEWABLE = { clientId: "client", clientSecret: "client secret", refreshToken: "refresh" };

/** A moment from now, as files have it. */
function inMs(ms: number): string {
  return new Date(Date.now() + ms).toISOString().replace(/\.\d+/, "");
}

/** What a service was asked, as far as it is for it to decide by. */
interface Asked {
  method: string;
  path: string;
  query: Record<string, string>;
  token: string | null;
  body: unknown;
}

/** A home with profiles, and the services of AWS that they lead to. */
class World implements AsyncDisposable {
  readonly home: string;
  readonly asked: Asked[] = [];
  /** Answers in place of the usual one, one after the other. */
  readonly answers: Response[] = [];
  readonly #service: Deno.HttpServer<Deno.NetAddr>;

  private constructor(home: string) {
    this.home = home;
    this.#service = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
  }

  static async open(): Promise<World> {
    const home = await Deno.makeTempDir();
    await Deno.mkdir(join(home, ".aws", "sso", "cache"), { recursive: true });
    await Deno.writeTextFile(join(home, ".aws", "config"), CONFIG);
    return new World(home);
  }

  variables(profile: string): Record<string, string> {
    const url = `http://127.0.0.1:${this.#service.addr.port}`;
    return {
      HOME: this.home,
      AWS_PROFILE: profile,
      AWS_ENDPOINT_URL_SSO: `${url}/sso`,
      AWS_ENDPOINT_URL_SSO_OIDC: `${url}/oidc`,
      AWS_ENDPOINT_URL_STS: `${url}/sts`,
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_EC2_METADATA_DISABLED: "true",
    };
  }

  /** The file of a login: of a session, or of the address where it begins. */
  tokenFile(of: string): string {
    const name = createHash("sha1").update(of).digest("hex");
    return join(this.home, ".aws", "sso", "cache", `${name}.json`);
  }

  async logIn(of: string, token: Record<string, unknown>): Promise<void> {
    const all = { accessToken: "token", region: "eu-central-1", ...token };
    await Deno.writeTextFile(this.tokenFile(of), JSON.stringify(all));
  }

  async find(profile: string): Promise<FoundCredentials | undefined> {
    const environment = (name: string) => this.variables(profile)[name];
    return await credentialChain(environment, await readProfile(environment))();
  }

  /** What was asked since the last time. */
  taken(): Asked[] {
    return this.asked.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service.shutdown();
    await Deno.remove(this.home, { recursive: true });
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const text = await request.text();
    this.asked.push({
      method: request.method,
      path: url.pathname.replace(/\/$/, ""),
      query: Object.fromEntries(url.searchParams),
      token: request.headers.get("x-amz-sso_bearer_token"),
      body: url.pathname.startsWith("/sts")
        ? Object.fromEntries(new URLSearchParams(text))
        : text === ""
        ? undefined
        : JSON.parse(text),
    });
    const given = this.answers.shift();
    if (given !== undefined) return given;
    switch (url.pathname) {
      case "/sso/federation/credentials":
        return Response.json({
          roleCredentials: {
            accessKeyId: "AK",
            secretAccessKey: "SK",
            sessionToken: "ST",
            expiration: 4_102_444_800_000,
          },
        });
      case "/oidc/token":
        return Response.json({
          accessToken: "renewed",
          expiresIn: 28_800,
          refreshToken: "refresh 2",
          tokenType: "Bearer",
        });
    }
    return new Response(
      `<R xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>RK</AccessKeyId><SecretAccessKey>RS</SecretAccessKey>
        <SessionToken>RT</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>
        </Credentials></AssumeRoleResult></R>`,
    );
  }
}

function refusal(status: number, message: string, type: string): Response {
  const headers = { "x-amzn-errortype": type };
  return Response.json({ message, __type: type }, { status, headers });
}

Deno.test("single sign-on asks what AWS's own library asks, and takes what it takes", async () => {
  await using world = await World.open();
  await using botocore = await Botocore.start();
  const logins: Record<string, () => Promise<void>> = {
    lasting: async () => {
      await world.logIn("corp", { expiresAt: inMs(HOUR) });
      await world.logIn("https://corp.awsapps.com/start#/", {
        accessToken: "old token",
        expiresAt: inMs(HOUR),
      });
    },
    // Ten minutes are left.
    ending: () =>
      world.logIn("corp", {
        ...RENEWABLE,
        expiresAt: inMs(HOUR / 6),
        registrationExpiresAt: inMs(HOUR),
      }),
    ended: () =>
      world.logIn("corp", {
        ...RENEWABLE,
        expiresAt: inMs(-HOUR),
        registrationExpiresAt: inMs(HOUR),
      }),
    unregistered: () =>
      world.logIn("corp", {
        ...RENEWABLE,
        expiresAt: inMs(HOUR / 6),
        registrationExpiresAt: inMs(-HOUR),
      }),
  };
  const cases: readonly [login: string, profile: string, answers?: () => Response[]][] = [
    ...["role", "old", "through", "lost", "half", "other", "bearer", "both"].map((profile) =>
      ["lasting", profile] as [string, string]
    ),
    ["ending", "role"],
    ["ending", "role", () => [refusal(400, "No", "InvalidGrantException")]],
    ["ended", "role"],
    ["unregistered", "role"],
    ["lasting", "role", () => [refusal(401, "Session token not found", "UnauthorizedException")]],
    ["lasting", "role", () => [refusal(403, "No access", "ForbiddenException")]],
  ];
  for (const [login, profile, answers = () => []] of cases) {
    const about = `${login} ${profile}`;
    await logins[login]!();
    world.answers.push(...answers());
    const ours = await world.find(profile).catch((error: Error) => error);
    const asked = world.taken();
    const token = JSON.parse(await Deno.readTextFile(world.tokenFile("corp")));
    await logins[login]!();
    world.answers.push(...answers());
    const theirs = await botocore.ask({ ask: "credentials", env: world.variables(profile) });
    assert.deepEqual(asked, world.taken(), about);
    const theirToken = JSON.parse(await Deno.readTextFile(world.tokenFile("corp")));
    assert.deepEqual([token.accessToken, token.refreshToken], [
      theirToken.accessToken,
      theirToken.refreshToken,
    ], about);
    if ("error" in theirs) {
      assert.ok(ours instanceof Error, `${about}: ${theirs.error}`);
      continue;
    }
    assert.ok(ours !== undefined && !(ours instanceof Error), `${about}: ${ours}`);
    const { accessKeyId, secretAccessKey, sessionToken = null } = ours.credentials;
    assert.deepEqual([accessKeyId, secretAccessKey, sessionToken], theirs.value, about);
  }
});

Deno.test("who has to sign on again is told how", async () => {
  await using world = await World.open();
  const fails = (profile: string, message: RegExp, kind = "config") =>
    assert.rejects(world.find(profile), { kind, message });
  await fails("role", /^No credentials for the AWS profile 'role' .*: nobody has logged in; run: /);
  await world.logIn("corp", { expiresAt: inMs(-HOUR) });
  await fails("role", /the login has ended; run: aws sso login --profile role$/);
  await fails("through", /run: aws sso login --profile role$/);
  await world.logIn("corp", { expiresAt: inMs(HOUR) });
  world.answers.push(refusal(401, "Session token not found or invalid", "UnauthorizedException"));
  await fails("role", /the login is not taken any more; run: aws sso login --profile role$/);
  world.answers.push(refusal(403, "No access", "ForbiddenException"));
  await fails("role", /role Reader & Writer in account 123456789012: No access \(403\)$/);
  await fails("lost", /has sso_session = nowhere, and there is no section \[sso-session nowhere\]/);
  await fails("half", /lacks sso_account_id$/);
  await fails("other", /has another sso_region than its sso-session 'corp'/);
  await Deno.writeTextFile(world.tokenFile("corp"), "{");
  await fails("role", /the login is not to be read \('.*\.json'\); run: /);
  await Deno.writeTextFile(world.tokenFile("corp"), "null");
  await fails("role", /there is no token in '.*\.json'; run: /);
  assert.doesNotMatch(JSON.stringify(world.taken()), /client secret/);
});

Deno.test("a renewed login is left as the AWS tools find it, and older forms of time are read", async () => {
  await using world = await World.open();
  const registrationExpiresAt = inMs(HOUR).replace("Z", "UTC");
  const expiresAt = inMs(-HOUR).replace("Z", "UTC");
  await world.logIn("corp", { ...RENEWABLE, expiresAt, registrationExpiresAt, more: "stays" });
  assert.equal((await world.find("role"))?.source, "single sign-on (the AWS profile 'role')");
  const { expiresAt: ends, ...token } = JSON.parse(
    await Deno.readTextFile(world.tokenFile("corp")),
  );
  assert.deepEqual(token, {
    ...RENEWABLE,
    accessToken: "renewed",
    region: "eu-central-1",
    refreshToken: "refresh 2",
    registrationExpiresAt,
    more: "stays",
  });
  assert.match(ends, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.ok(Math.abs(Date.parse(ends) - Date.now() - 8 * HOUR) < HOUR);
  assert.equal((await Deno.stat(world.tokenFile("corp"))).mode! & 0o777, 0o600);
  const names = [...Deno.readDirSync(join(world.home, ".aws", "sso", "cache"))];
  assert.equal(names.length, 1);
});
