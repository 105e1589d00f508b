// Who asks: tokens, certificates, headers; and who may ask as somebody else.

import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { x509Library } from "../../src/apiserver/pki/x509-library.ts";
import type { JsonObject } from "../../src/machinery/object.ts";
import {
  api,
  eventually,
  expectObject,
  expectStatus,
  namespace,
  ownServerOnly,
  removeAfter,
  uniqueName,
} from "./support/api.ts";

const whoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const question = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };

async function userOf(caller: typeof api): Promise<JsonObject> {
  return expectObject(await caller.post(whoAmI, question), 201).status.userInfo;
}

async function account(t: Parameters<typeof namespace>[0]) {
  const ns = await namespace(t);
  const path = `/api/v1/namespaces/${ns}/serviceaccounts`;
  const created = await api.make(path, { metadata: { name: "robot" } });
  const token = async (spec: JsonObject = {}): Promise<string> =>
    expectObject(
      await api.post(`${path}/robot/token`, { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec }),
      201,
    ).status.token;
  return { ns, path, uid: created.metadata.uid as string, token };
}

const claimsOf = (token: string): JsonObject =>
  JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString("utf8"));

describe("authentication", { concurrency: 8 }, () => {
  test("the administrator of the kubeconfig is somebody", async () => {
    const user = await userOf(api);
    assert.ok(user.username);
    assert.ok(user.groups.includes("system:authenticated"));
  });

  test("who shows nothing is anonymous and may look at health and version only", async () => {
    const nobody = api.with({});
    assert.equal((await nobody.get("/livez")).code, 200);
    assert.equal((await nobody.get("/readyz")).code, 200);
    const refused = await nobody.get("/api/v1/namespaces");
    if (refused.code === 403) {
      expectStatus(
        refused,
        403,
        "Forbidden",
        'namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces" in API group "" at the cluster scope',
      );
    } else expectStatus(refused, 401, "Unauthorized", "Unauthorized");
  });

  test("a token that nobody gave out is refused, also where anybody may look", async () => {
    for (const token of ["rubbish", "a.b.c", `${Buffer.from('{"alg":"none"}').toString("base64url")}.e30.`]) {
      expectStatus(await api.with({ token }).get("/api/v1/namespaces"), 401, "Unauthorized", "Unauthorized");
      expectStatus(await api.with({ token }).get("/version"), 401, "Unauthorized");
    }
  });

  test("a service account's token makes its user and groups", async (t) => {
    const { ns, uid, token } = await account(t);
    const user = await userOf(api.with({ token: await token() }));
    assert.equal(user.username, `system:serviceaccount:${ns}:robot`);
    assert.equal(user.uid, uid);
    assert.deepEqual([...user.groups].sort(), [
      "system:authenticated",
      "system:serviceaccounts",
      `system:serviceaccounts:${ns}`,
    ]);
    assert.match(user.extra["authentication.kubernetes.io/credential-id"][0], /^JTI=/);
  });

  test("a token says whose it is and how long it lasts", async (t) => {
    const { ns, uid, token } = await account(t);
    const claims = claimsOf(await token({ expirationSeconds: 3600 }));
    assert.equal(claims.sub, `system:serviceaccount:${ns}:robot`);
    assert.equal(claims["kubernetes.io"].namespace, ns);
    assert.deepEqual(claims["kubernetes.io"].serviceaccount, { name: "robot", uid });
    assert.equal(claims.exp - claims.iat, 3600);
    assert.ok(claims.jti);
    const { issuer } = await api.read("/.well-known/openid-configuration");
    assert.equal(claims.iss, issuer);
  });

  test("a token for another audience is not for this server", async (t) => {
    const { token } = await account(t);
    const foreign = await token({ audiences: ["https://elsewhere.example.com"] });
    expectStatus(await api.with({ token: foreign }).get("/version"), 401, "Unauthorized");
    const review = expectObject(
      await api.post("/apis/authentication.k8s.io/v1/tokenreviews", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token: foreign, audiences: ["https://elsewhere.example.com"] },
      }),
      201,
    );
    assert.equal(review.status.authenticated, true);
    assert.deepEqual(review.status.audiences, ["https://elsewhere.example.com"]);
  });

  test("a token that was tampered with is refused", async (t) => {
    const { token } = await account(t);
    const [head, body, signature] = (await token()).split(".");
    const claims = JSON.parse(Buffer.from(body!, "base64url").toString("utf8"));
    claims.sub = "system:serviceaccount:kube-system:admin";
    const forged = [head, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
    expectStatus(await api.with({ token: forged }).get("/version"), 401, "Unauthorized");
  });

  test("a token ends with its service account", async (t) => {
    const { path, token } = await account(t);
    const caller = api.with({ token: await token() });
    await userOf(caller);
    expectObject(await api.delete(`${path}/robot`));
    await eventually(async () => expectStatus(await caller.post(whoAmI, question), 401, "Unauthorized"));
  });

  test("a token that is bound to an object ends with it", async (t) => {
    const { ns, token } = await account(t);
    const secrets = `/api/v1/namespaces/${ns}/secrets`;
    const { metadata } = await api.make(secrets, { metadata: { name: "bound" } });
    const bound = await token({
      boundObjectRef: { apiVersion: "v1", kind: "Secret", name: "bound", uid: metadata.uid },
    });
    const caller = api.with({ token: bound });
    await userOf(caller);
    assert.equal(claimsOf(bound)["kubernetes.io"].secret.name, "bound");
    expectObject(await api.delete(`${secrets}/bound`));
    await eventually(async () => expectStatus(await caller.post(whoAmI, question), 401, "Unauthorized"));
  });

  test("a token cannot be bound to an object that is not there", async (t) => {
    const { path } = await account(t);
    const boundObjectRef = { apiVersion: "v1", kind: "Secret", name: "absent" };
    expectStatus(
      await api.post(`${path}/robot/token`, {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { boundObjectRef },
      }),
      404,
      "NotFound",
      'secrets "absent" not found',
    );
  });

  test("a secret of the token type is filled for its service account", async (t) => {
    const { ns, uid } = await account(t);
    const secrets = `/api/v1/namespaces/${ns}/secrets`;
    await api.make(secrets, {
      metadata: { name: "legacy", annotations: { "kubernetes.io/service-account.name": "robot" } },
      type: "kubernetes.io/service-account-token",
    });
    const secret = await eventually(async () => {
      const current = await api.read(`${secrets}/legacy`);
      assert.ok(current.data?.token);
      return current;
    });
    assert.equal(secret.metadata.annotations["kubernetes.io/service-account.uid"], uid);
    assert.equal(Buffer.from(secret.data.namespace, "base64").toString(), ns);
    assert.match(Buffer.from(secret.data["ca.crt"], "base64").toString(), /BEGIN CERTIFICATE/);
    const user = await userOf(api.with({ token: Buffer.from(secret.data.token, "base64").toString() }));
    assert.equal(user.username, `system:serviceaccount:${ns}:robot`);
  });

  test("a token review tells whose a token is, and that a bad one is nobody's", async (t) => {
    const { ns, token } = await account(t);
    const review = async (text: string) =>
      expectObject(
        await api.post("/apis/authentication.k8s.io/v1/tokenreviews", {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenReview",
          spec: { token: text },
        }),
        201,
      ).status;
    const good = await review(await token());
    assert.equal(good.authenticated, true);
    assert.equal(good.user.username, `system:serviceaccount:${ns}:robot`);
    const bad = await review("rubbish");
    assert.ok(!bad.authenticated);
    assert.ok(bad.error);
  });

  test("a bootstrap token is a user of its own until it expires", async (t) => {
    const id = randomBytes(3).toString("hex");
    const word = randomBytes(8).toString("hex");
    const path = "/api/v1/namespaces/kube-system/secrets";
    const stringData: Record<string, string> = {
      "token-id": id,
      "token-secret": word,
      "usage-bootstrap-authentication": "true",
      "auth-extra-groups": "system:bootstrappers:conformance",
      expiration: new Date(Date.now() + 3_600_000).toISOString(),
    };
    removeAfter(t, `${path}/bootstrap-token-${id}`);
    await api.make(path, {
      metadata: { name: `bootstrap-token-${id}` },
      type: "bootstrap.kubernetes.io/token",
      stringData,
    });
    const caller = api.with({ token: `${id}.${word}` });
    const user = await userOf(caller);
    assert.equal(user.username, `system:bootstrap:${id}`);
    assert.deepEqual([...user.groups].sort(), [
      "system:authenticated",
      "system:bootstrappers",
      "system:bootstrappers:conformance",
    ]);
    expectObject(
      await api.patch(`${path}/bootstrap-token-${id}`, "merge", { stringData: { expiration: "2001-01-01T00:00:00Z" } }),
    );
    await eventually(async () => expectStatus(await caller.get("/version"), 401, "Unauthorized"));
  });

  test("a certificate of the server's own authority makes a user", async (t) => {
    const name = uniqueName("conformance");
    const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    removeAfter(t, `${path}/${name}`);
    const { request, clientKey } = await certificateRequest(name, ["readers", "writers"]);
    await api.make(path, {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name },
      spec: {
        signerName: "kubernetes.io/kube-apiserver-client",
        usages: ["client auth"],
        request,
        expirationSeconds: 3600,
      },
    });
    const current = await api.read(`${path}/${name}`);
    const conditions = [{ type: "Approved", status: "True", reason: "Tested", message: "" }];
    expectObject(await api.put(`${path}/${name}/approval`, { ...current, status: { conditions } }));
    const certificate = await eventually(async () => {
      const { status } = await api.read(`${path}/${name}`);
      assert.ok(status.certificate);
      return Buffer.from(status.certificate, "base64").toString();
    });
    const user = await userOf(api.with({ clientCertificate: certificate, clientKey }));
    assert.equal(user.username, name);
    assert.deepEqual([...user.groups].sort(), ["readers", "system:authenticated", "writers"]);
  });

  test(
    "a certificate of another authority makes nobody",
    ownServerOnly("another server may refuse the connection"),
    async () => {
      const { createCertificateAuthority, issueClientCertificate } = await import(
        "../../src/apiserver/pki/certificate-authority.ts"
      );
      const now = new Date();
      const other = await createCertificateAuthority({ commonName: "kubernetes", now });
      const { certificate, privateKey } = await issueClientCertificate(other, {
        commonName: "admin",
        organizations: ["system:masters"],
        now,
      });
      const caller = api.with({ clientCertificate: certificate, clientKey: privateKey });
      expectStatus(await caller.get("/api/v1/namespaces"), 401, "Unauthorized");
    },
  );

  test("headers of a proxy are believed from a proxy only", async () => {
    const headers = { "x-remote-user": "somebody", "x-remote-group": "system:masters" };
    const user = expectObject(await api.send("POST", whoAmI, { body: question, headers }), 201).status.userInfo;
    assert.notEqual(user.username, "somebody");
    const nobody = await api.with({}).get("/api/v1/namespaces", { headers });
    assert.ok(nobody.code === 401 || nobody.code === 403, `${nobody.code}`);
  });

  test("an administrator may ask as a user, with groups, uid and extra", async () => {
    const user = await userOf(
      api.as("jane", ["readers", "writers"], {
        "impersonate-uid": "jane-1",
        "impersonate-extra-scopes": ["view", "edit"],
      }),
    );
    assert.equal(user.username, "jane");
    assert.equal(user.uid, "jane-1");
    assert.deepEqual([...user.groups].sort(), ["readers", "system:authenticated", "writers"]);
    assert.deepEqual(user.extra.scopes, ["view", "edit"]);
  });

  test("whoever is asked as is limited to what that user may", async () => {
    expectStatus(
      await api.as("jane").get("/api/v1/namespaces/default/secrets"),
      403,
      "Forbidden",
      'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "default"',
    );
  });

  test("who impersonates a service account gets its groups", async (t) => {
    const { ns } = await account(t);
    const caller = api.as(`system:serviceaccount:${ns}:robot`, []);
    const user = await userOf(caller);
    assert.ok(user.groups.includes(`system:serviceaccounts:${ns}`));
    assert.ok(user.groups.includes("system:serviceaccounts"));
  });

  test("impersonation needs leave to do so", async (t) => {
    const { token } = await account(t);
    const robot = api.with({ token: await token() });
    const answer = await robot.get("/version", { headers: { "impersonate-user": "jane" } });
    expectStatus(
      answer,
      403,
      "Forbidden",
      /^users "jane" is forbidden: User "system:serviceaccount:[^"]+" cannot impersonate resource "users" in API group "" at the cluster scope/,
    );
  });

  test("groups without a user cannot be impersonated", async () => {
    const answer = await api.get("/version", { headers: { "impersonate-group": "readers" } });
    assert.ok(answer.code >= 400, `${answer.code}`);
    assert.match(answer.text, /requested \[.*\] without impersonating a user/);
  });
});

/** A certificate request for a user of these groups, in base64, and its key. */
async function certificateRequest(user: string, groups: string[]): Promise<{ request: string; clientKey: string }> {
  const x509 = await x509Library();
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = {
    privateKey: await crypto.subtle.importKey(
      "pkcs8",
      privateKey.export({ type: "pkcs8", format: "der" }),
      algorithm,
      true,
      ["sign"],
    ),
    publicKey: await crypto.subtle.importKey(
      "spki",
      publicKey.export({ type: "spki", format: "der" }),
      algorithm,
      true,
      ["verify"],
    ),
  };
  const name = [...groups.map((group) => `O=${group}`), `CN=${user}`].join(", ");
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: { ...algorithm, hash: "SHA-256" },
  });
  return {
    request: Buffer.from(request.toString("pem")).toString("base64"),
    clientKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}
