import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { beforeEach, describe, it } from "node:test";
import * as jose from "jose";
import type { KubeObject } from "../../machinery/object.ts";
import type { ServiceAccountTokenClaims } from "../strategy.ts";
import { ServiceAccountAuthenticator } from "./service-account-authenticator.ts";
import { ServiceAccountKeys } from "./service-account-keys.ts";
import { ServiceAccountTokenIssuer, type ServiceAccountTokenSettings } from "./service-account-tokens.ts";
import { TestState } from "./testing.ts";
import { BearerTokens } from "./token-authenticator.ts";

const api = "https://kubernetes.default.svc";
const newPem = (type: "ec" | "rsa" = "ec") =>
  (type === "ec"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" })
    : generateKeyPairSync("rsa", { modulusLength: 2048 })
  ).privateKey.export({ format: "pem", type: "pkcs8" }) as string;
const object = (kind: string, name: string, uid: string, more: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, uid, namespace: "team" },
  ...more,
});

/** A plane with one service account, `team/robot`. */
function plane(keys = new ServiceAccountKeys({ signingKey: newPem(), additionalPublicKeys: [] })) {
  const clock = { now: new Date("2026-03-01T12:00:00Z") };
  const settings: ServiceAccountTokenSettings = {
    keys,
    issuers: [api],
    apiAudiences: [api],
    now: () => clock.now,
    uuid: randomUUID,
  };
  const state = new TestState().set("serviceaccounts", object("ServiceAccount", "robot", "sa-1"));
  return {
    clock,
    state,
    keys,
    settings,
    issuer: new ServiceAccountTokenIssuer(settings),
    authenticator: new ServiceAccountAuthenticator(settings, state),
    advance(seconds: number) {
      clock.now = new Date(clock.now.getTime() + seconds * 1000);
    },
  };
}

const wanted: ServiceAccountTokenClaims = {
  namespace: "team",
  serviceAccount: { name: "robot", uid: "sa-1" },
  audiences: [],
  expirationSeconds: 3600,
};
const pod = { kind: "Pod", name: "p", uid: "pod-1" } as const;

let one: ReturnType<typeof plane>;
beforeEach(() => {
  one = plane();
});
const reasonOf = (token: string, audiences = [api]) => {
  const answer = one.authenticator.authenticateToken(token, audiences);
  return answer.outcome === "invalid" ? answer.reason : answer.outcome;
};

describe("a service-account token", () => {
  it("authenticates its account, with its groups and its id", () => {
    const { token, expiresAt } = one.issuer.issue(wanted);
    const answer = one.authenticator.authenticateToken(token, [api]);
    assert.ok(answer.outcome === "authenticated");
    assert.equal(answer.user.name, "system:serviceaccount:team:robot");
    assert.equal(answer.user.uid, "sa-1");
    assert.deepEqual(answer.user.groups, ["system:serviceaccounts", "system:serviceaccounts:team"]);
    assert.match(answer.user.extra!["authentication.kubernetes.io/credential-id"]![0]!, /^JTI=[0-9a-f-]{36}$/);
    assert.deepEqual(answer.audiences, [api]);
    assert.equal(expiresAt.toISOString(), "2026-03-01T13:00:00.000Z");
  });

  it("has the claims of Kubernetes", () => {
    const node = { name: "n", uid: "node-1" };
    const { token } = one.issuer.issue({ ...wanted, audiences: ["vault"], bound: pod, node });
    const claims = jose.decodeJwt(token);
    const issued = Math.floor(one.clock.now.getTime() / 1000);
    assert.deepEqual(
      { ...claims, jti: "" },
      {
        aud: ["vault"],
        exp: issued + 3600,
        iat: issued,
        iss: api,
        jti: "",
        "kubernetes.io": {
          namespace: "team",
          node: { name: "n", uid: "node-1" },
          pod: { name: "p", uid: "pod-1" },
          serviceaccount: { name: "robot", uid: "sa-1" },
        },
        nbf: issued,
        sub: "system:serviceaccount:team:robot",
      },
    );
    assert.deepEqual(jose.decodeProtectedHeader(token), { alg: "ES256", kid: one.keys.signingKeyId });
  });

  it("can be verified by others with the published key set", async () => {
    const { token } = one.issuer.issue({ ...wanted, audiences: ["vault"] });
    const keySet = one.keys.jsonWebKeySet() as unknown as jose.JSONWebKeySet;
    const options = { audience: "vault", issuer: api, currentDate: one.clock.now };
    await jose.jwtVerify(token, jose.createLocalJWKSet(keySet), options);
    assert.deepEqual(one.keys.openIdConfiguration(api, `${api}/openid/v1/jwks`), {
      issuer: api,
      jwks_uri: `${api}/openid/v1/jwks`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
    });
    assert.equal("d" in keySet.keys[0]!, false);
  });

  it("expires, with a minute of leeway", () => {
    const { token } = one.issuer.issue({ ...wanted, expirationSeconds: 600 });
    one.advance(659);
    assert.equal(reasonOf(token), "authenticated");
    one.advance(2);
    assert.equal(reasonOf(token), "service account token has expired");
  });

  it("is not valid before it was issued", () => {
    const { token } = one.issuer.issue(wanted);
    one.advance(-120);
    assert.equal(reasonOf(token), "service account token is not valid yet");
  });

  it("is good for its audiences only", () => {
    const { token } = one.issuer.issue({ ...wanted, audiences: ["vault", "other"] });
    assert.equal(reasonOf(token), `token audiences ["vault" "other"] is invalid for the target audiences ["${api}"]`);
    const answer = one.authenticator.authenticateToken(token, ["x", "vault"]);
    assert.ok(answer.outcome === "authenticated");
    assert.deepEqual(answer.audiences, ["vault"]);
  });

  it("ends with its account, at once, though its signature is remembered", () => {
    const { token } = one.issuer.issue(wanted);
    assert.equal(reasonOf(token), "authenticated");
    one.state.set("serviceaccounts", object("ServiceAccount", "robot", "sa-2"));
    assert.equal(reasonOf(token), "service account UID (sa-2) does not match claim (sa-1)");
    one.state.delete("serviceaccounts", "team", "robot");
    assert.equal(reasonOf(token), 'serviceaccounts "robot" not found');
  });

  it("bound to a pod ends with the pod", () => {
    const { token } = one.issuer.issue({ ...wanted, bound: pod, node: { name: "n", uid: "node-1" } });
    assert.equal(reasonOf(token), "service account token has been invalidated");
    one.state.set("pods", object("Pod", "p", "pod-1"));
    const answer = one.authenticator.authenticateToken(token, [api]);
    assert.ok(answer.outcome === "authenticated");
    const { "authentication.kubernetes.io/credential-id": _, ...extra } = answer.user.extra!;
    assert.deepEqual(extra, {
      "authentication.kubernetes.io/pod-name": ["p"],
      "authentication.kubernetes.io/pod-uid": ["pod-1"],
      "authentication.kubernetes.io/node-name": ["n"],
      "authentication.kubernetes.io/node-uid": ["node-1"],
    });
    const dying = object("Pod", "p", "pod-1");
    dying.metadata.deletionTimestamp = "2026-03-01T11:58:00Z";
    one.state.set("pods", dying);
    assert.equal(reasonOf(token), "service account token has been invalidated");
    one.state.set("pods", object("Pod", "p", "pod-2"));
    assert.equal(reasonOf(token), "pod UID (pod-2) does not match service account pod ref claim (pod-1)");
  });

  it("bound to a secret or a node ends with it", () => {
    const secret = one.issuer.issue({ ...wanted, bound: { kind: "Secret", name: "s", uid: "secret-1" } }).token;
    const node = one.issuer.issue({ ...wanted, bound: { kind: "Node", name: "n", uid: "node-1" } }).token;
    assert.equal(reasonOf(secret), "service account token has been invalidated");
    assert.equal(reasonOf(node), "service account token has been invalidated");
    one.state.set("secrets", object("Secret", "s", "secret-1"));
    one.state.set("nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "n", uid: "node-1" } });
    assert.equal(reasonOf(secret), "authenticated");
    assert.equal(reasonOf(node), "authenticated");
  });

  it("of a pod for this server lives on for a year, though its holder is told an hour", () => {
    one.state.set("pods", object("Pod", "p", "pod-1"));
    const { token, expiresAt } = one.issuer.issue({ ...wanted, bound: pod, expirationSeconds: 3607 });
    assert.equal(expiresAt.getTime() - one.clock.now.getTime(), 3_607_000);
    const claims = jose.decodeJwt(token);
    assert.equal(claims.exp! - claims.iat!, 365 * 86_400);
    assert.equal((claims["kubernetes.io"] as { warnafter: number }).warnafter, claims.iat! + 3607);
    const other = jose.decodeJwt(
      one.issuer.issue({ ...wanted, audiences: ["vault"], bound: pod, expirationSeconds: 3607 }).token,
    );
    assert.equal(other.exp! - other.iat!, 3607);
  });

  it("of a rotated key is good while the key is kept", () => {
    const old = newPem();
    const { token } = plane(new ServiceAccountKeys({ signingKey: old, additionalPublicKeys: [] })).issuer.issue(wanted);
    const publicPem = createPublicKey(old).export({ format: "pem", type: "spki" }) as string;
    one = plane(new ServiceAccountKeys({ signingKey: newPem(), additionalPublicKeys: [publicPem] }));
    assert.equal(reasonOf(token), "authenticated");
    assert.equal((one.keys.jsonWebKeySet().keys as unknown[]).length, 2);
  });

  it("may be signed with RSA", () => {
    one = plane(new ServiceAccountKeys({ signingKey: newPem("rsa"), additionalPublicKeys: [] }));
    const { token } = one.issuer.issue(wanted);
    assert.equal(jose.decodeProtectedHeader(token).alg, "RS256");
    assert.equal(reasonOf(token), "authenticated");
  });
});

describe("a token that is not ours", () => {
  it("is refused when another plane with the same issuer made it", () => {
    assert.equal(reasonOf(plane().issuer.issue(wanted).token), "invalid signature");
  });

  it("is not looked at when it names another issuer", async () => {
    const token = await new jose.SignJWT({ sub: "x" })
      .setProtectedHeader({ alg: "ES256" })
      .setIssuer("https://elsewhere")
      .sign(one.keys.signingKey);
    assert.equal(reasonOf(token), "absent");
  });

  it("is refused after any change", () => {
    const { token } = one.issuer.issue(wanted);
    const [header, claims, signature] = token.split(".") as [string, string, string];
    const edit = (part: string, change: (json: Record<string, unknown>) => void) => {
      const json = JSON.parse(Buffer.from(part, "base64url").toString());
      change(json);
      return Buffer.from(JSON.stringify(json)).toString("base64url");
    };
    const changed = [
      `${header}.${edit(claims, (json) => (json.sub = "system:serviceaccount:kube-system:root"))}.${signature}`,
      `${edit(header, (json) => (json.alg = "none"))}.${claims}.${signature}`,
      `${edit(header, (json) => (json.alg = "HS256"))}.${claims}.${signature}`,
      `${edit(header, (json) => (json.crit = ["x"]))}.${claims}.${signature}`,
      `${header}.${claims}.${signature.slice(4)}`,
      `${header}.${claims}.${"A".repeat(signature.length)}`,
    ];
    for (const forged of changed) assert.equal(reasonOf(forged), "invalid signature", forged);
  });

  for (const text of ["", ".", "..", "a.b.c", "a.b", "e30.e30.", "e30.W10.AA", "é.e30.AA", "x".repeat(100_000)]) {
    it(`is none of our business when it is no token: ${JSON.stringify(text.slice(0, 12))}`, () =>
      assert.equal(reasonOf(text), "absent"));
  }
});

describe("a legacy token", () => {
  const stored = (token: string, labels?: Record<string, string>) =>
    one.state.set("secrets", {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "robot-token", namespace: "team", labels },
      data: { token: Buffer.from(token).toString("base64") },
    });

  it("is good as long as its secret holds it", () => {
    const token = one.issuer.issueLegacy(object("ServiceAccount", "robot", "sa-1"), "robot-token");
    assert.equal(reasonOf(token), "Token has been invalidated");
    stored(token);
    assert.equal(reasonOf(token), "authenticated");
    one.advance(10 * 365 * 86_400);
    assert.equal(reasonOf(token), "authenticated");
    stored("another");
    assert.equal(reasonOf(token), "Token does not match server's copy");
    stored(token, { "kubernetes.io/legacy-token-invalid-since": "2026-01-01" });
    assert.match(reasonOf(token), /^the token in secret team\/robot-token .* has been marked invalid\./);
  });
});

describe("a token review", () => {
  it("tells the user and the audiences that matched, or why not", async () => {
    const tokens = new BearerTokens([one.authenticator], [api]);
    const { token } = one.issuer.issue({ ...wanted, audiences: ["vault", api] });
    const good = await tokens.review(token, []);
    assert.ok(good.authenticated);
    assert.deepEqual(good.audiences, [api]);
    assert.deepEqual(await tokens.review(token, ["x"]), {
      authenticated: false,
      error: `[invalid bearer token, token audiences ["vault" "${api}"] is invalid for the target audiences ["x"]]`,
    });
    assert.deepEqual(await tokens.review("nonsense", []), { authenticated: false, error: "invalid bearer token" });
    assert.deepEqual(await tokens.review("", []), { authenticated: false });
  });
});
