import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KubeObject } from "../../../machinery/object.ts";
import { formatTime } from "../../../machinery/time.ts";
import { configMaps, secrets } from "../../kinds.ts";
import { openPlane, settled, type TestPlane, until } from "../testing.ts";
import { detachedSignature, signClusterInfo } from "./cluster-info.ts";

const now = new Date("2024-01-01T00:00:00Z");

function token(id: string, changes: Record<string, string> = {}): KubeObject {
  const fields: Record<string, string> = {
    "token-id": id,
    "token-secret": "0123456789abcdef",
    "usage-bootstrap-signing": "true",
    ...changes,
  };
  const data = Object.fromEntries(
    Object.entries(fields).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
  const metadata = { name: `bootstrap-token-${id}`, namespace: "kube-system" };
  return { apiVersion: "v1", kind: "Secret", metadata, type: "bootstrap.kubernetes.io/token", data };
}

describe("the signatures of cluster-info", () => {
  const map = (data: Record<string, string>): KubeObject => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "cluster-info" },
    data,
  });
  const keys = (tokens: KubeObject[]) => Object.keys(signClusterInfo(map({ kubeconfig: "k" }), tokens, now).data ?? {});

  it("are those that kubeadm makes", () => {
    const content = "Hello from the other side. I must have called a thousand times.";
    assert.equal(
      detachedSignature(content, { id: "joshua", secret: "my voice is my passcode" }),
      "eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9..VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8",
    );
  });

  it("are made with tokens that may sign, have not expired, and are what their names say", () => {
    assert.deepEqual(keys([token("aaaaaa")]), ["kubeconfig", "jws-kubeconfig-aaaaaa"]);
    assert.deepEqual(keys([token("aaaaaa", { "usage-bootstrap-signing": "false" })]), ["kubeconfig"]);
    assert.deepEqual(keys([token("aaaaaa", { expiration: "2023-12-31T00:00:00Z" })]), ["kubeconfig"]);
    assert.deepEqual(keys([token("aaaaaa", { "token-id": "bbbbbb" })]), ["kubeconfig"]);
    assert.deepEqual(keys([token("aaaaaa", { "token-secret": "short" })]), ["kubeconfig"]);
  });

  it("go with their tokens, and nothing else does", () => {
    const signed = signClusterInfo(map({ kubeconfig: "k", mine: "1" }), [token("aaaaaa")], now);
    assert.equal(signClusterInfo(signed, [token("aaaaaa")], now), signed);
    assert.deepEqual(signClusterInfo(signed, [], now).data, { kubeconfig: "k", mine: "1" });
  });

  it("are not made while there is nothing to sign", () => {
    const empty = map({});
    assert.equal(signClusterInfo(empty, [token("aaaaaa")], now), empty);
  });
});

describe("bootstrap tokens", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane();
    await settled(test.plane);
  });
  after(() => test.close());

  const info = () => test.client.resource(configMaps).find("cluster-info", "kube-public");
  const signature = async (id: string) => (await info())?.data?.[`jws-kubeconfig-${id}`];

  it("sign cluster-info as long as they live, also when it is made again", async () => {
    const { client, clock } = test;
    const expiration = formatTime(new Date(clock.now().getTime() + 3_600_000));
    await client.resource(secrets).create(token("abcdef", { expiration }));
    const made = await until(() => signature("abcdef"));
    await client.resource(configMaps).delete("cluster-info", "kube-public");
    assert.equal(await until(() => signature("abcdef")), made);
    clock.advance(3_600_000);
    await until(
      async () => (await client.resource(secrets).find("bootstrap-token-abcdef", "kube-system")) === undefined,
    );
    await until(async () => (await info()) !== undefined && (await signature("abcdef")) === undefined);
  });

  it("without an end stay", async () => {
    const { client, clock, plane } = test;
    await client.resource(secrets).create(token("eeeeee"));
    clock.advance(86_400_000);
    await settled(plane);
    assert.ok(await client.resource(secrets).find("bootstrap-token-eeeeee", "kube-system"));
  });
});
