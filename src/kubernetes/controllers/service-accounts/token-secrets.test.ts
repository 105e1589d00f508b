import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KubeObject } from "../../../machinery/object.ts";
import { secrets, serviceAccounts } from "../../kinds.ts";
import { openPlane, settled, type TestPlane, until } from "../testing.ts";
import { planTokenSecret } from "./token-secret-reconcile.ts";

function tokenSecret(name: string, account: string, uid?: string): KubeObject {
  const annotations: Record<string, string> = { "kubernetes.io/service-account.name": account };
  if (uid !== undefined) annotations["kubernetes.io/service-account.uid"] = uid;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "default", annotations },
    type: "kubernetes.io/service-account-token",
  };
}

describe("a token secret", () => {
  const account: KubeObject = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot", uid: "u1" } };
  const plan = (secret: KubeObject, of: KubeObject | undefined = account) =>
    planTokenSecret(secret, of, "CA", () => "token");

  it("is filled once, and keeps its token", () => {
    const first = plan(tokenSecret("s", "robot"));
    assert.equal(first.action, "update");
    const { secret } = first as { secret: KubeObject };
    assert.deepEqual(secret.data, { "ca.crt": "Q0E=", namespace: "ZGVmYXVsdA==", token: "dG9rZW4=" });
    assert.equal(secret.metadata.annotations?.["kubernetes.io/service-account.uid"], "u1");
    assert.deepEqual(plan(secret), { action: "keep" });
    const other = { ...secret, data: { ...secret.data, token: "b3RoZXI=", namespace: "" } };
    assert.equal((plan(other) as { secret: KubeObject }).secret.data.token, "b3RoZXI=");
  });

  it("goes with its account", () => {
    assert.deepEqual(plan(tokenSecret("s", "robot", "u0")), { action: "delete" });
    assert.deepEqual(
      planTokenSecret(tokenSecret("s", "robot"), undefined, "CA", () => ""),
      { action: "delete" },
    );
  });
});

describe("token secrets", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane();
    await settled(test.plane);
  });
  after(() => test.close());

  const find = (name: string) => test.client.resource(secrets).find(name, "default");
  const isGone = (name: string) => until(async () => (await find(name)) === undefined);

  it("get a token that is good for as long as secret and account exist", async () => {
    const { client, plane } = test;
    const metadata = { name: "robot", namespace: "default" };
    await client.resource(serviceAccounts).create({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    await client.resource(secrets).create(tokenSecret("robot-token", "robot"));
    const token = await until(async () => (await find("robot-token"))?.data?.token);
    const text = Buffer.from(token, "base64").toString();
    const result = await plane.services.authenticateToken(text, []);
    assert.ok(result.authenticated);
    assert.equal(result.user.name, "system:serviceaccount:default:robot");
    await client.resource(serviceAccounts).delete("robot", "default");
    await isGone("robot-token");
  });

  it("without an account are deleted", async () => {
    await test.client.resource(secrets).create(tokenSecret("nobody-token", "nobody"));
    await isGone("nobody-token");
  });

  it("that are deleted leave the account's list", async () => {
    const { client } = test;
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "listed", namespace: "default" } };
    await client
      .resource(serviceAccounts)
      .create({ ...account, secrets: [{ name: "listed-token" }, { name: "other" }] });
    await client.resource(secrets).create(tokenSecret("listed-token", "listed"));
    await until(async () => (await find("listed-token"))?.data?.token);
    await client.resource(secrets).delete("listed-token", "default");
    await until(async () => {
      const found = await client.resource(serviceAccounts).get("listed", "default");
      return found.secrets?.length === 1 && found.secrets[0]?.name === "other";
    });
  });
});
