import assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import * as jose from "jose";
import { createCertificateAuthority, issueServingCertificate } from "../pki/certificate-authority.ts";
import { OidcAuthenticator, type OidcIssuer } from "./oidc.ts";
import { parseAuthenticationConfiguration } from "./oidc-config.ts";

type Signer = Awaited<ReturnType<typeof jose.generateKeyPair>>;

const clock = { now: new Date() };
let server: Server;
let url: string;
let authority: string;
let signer: Signer;
let published: jose.JWK[];
let fetches = 0;

const newSigner = async (kid: string): Promise<[Signer, jose.JWK]> => {
  const pair = await jose.generateKeyPair("ES256", { extractable: true });
  return [pair, { ...(await jose.exportJWK(pair.publicKey)), kid, alg: "ES256", use: "sig" }];
};

before(async () => {
  const ca = await createCertificateAuthority({ commonName: "oidc-ca", now: clock.now });
  const pair = await issueServingCertificate(ca, { commonName: "oidc", names: ["127.0.0.1"], now: clock.now });
  authority = ca.certificate;
  const [first, jwk] = await newSigner("k1");
  signer = first;
  published = [jwk];
  server = createServer({ key: pair.privateKey, cert: pair.certificate }, (request, response) => {
    fetches++;
    const body = request.url?.endsWith("/keys") ? { keys: published } : { issuer: url, jwks_uri: `${url}/keys` };
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

const configured = (more: Partial<OidcIssuer> = {}): OidcIssuer => ({
  issuer: { url, certificateAuthority: authority, audiences: ["muster"] },
  claimMappings: { username: { claim: "sub", prefix: "oidc:" }, groups: { claim: "groups", prefix: "oidc:" } },
  ...more,
});
const authenticator = (...issuers: OidcIssuer[]) => new OidcAuthenticator(issuers, () => clock.now);
const token = (claims: jose.JWTPayload = {}, by = signer, kid = "k1") =>
  new jose.SignJWT({
    sub: "ann",
    groups: ["a"],
    aud: "muster",
    iss: url,
    exp: Math.floor(clock.now.getTime() / 1000) + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: "ES256", kid })
    .sign(by.privateKey);

describe("an OIDC token", () => {
  it("gives a user with prefixed names, and its issuer's keys are fetched once", async () => {
    const oidc = authenticator(configured());
    fetches = 0;
    const signed = await token();
    const answers = await Promise.all([oidc.authenticateToken(signed), oidc.authenticateToken(signed)]);
    assert.deepEqual(answers[0], { outcome: "authenticated", user: { name: "oidc:ann", groups: ["oidc:a"] } });
    assert.deepEqual(answers[1], answers[0]);
    assert.equal(fetches, 2);
  });

  it("of a new key makes the keys be fetched again", async () => {
    const oidc = authenticator(configured());
    assert.equal((await oidc.authenticateToken(await token())).outcome, "authenticated");
    const [second, jwk] = await newSigner("k2");
    const signed = await token({}, second, "k2");
    assert.equal((await oidc.authenticateToken(signed)).outcome, "invalid");
    published = [...published, jwk];
    clock.now = new Date(clock.now.getTime() + 11_000);
    assert.equal((await oidc.authenticateToken(signed)).outcome, "authenticated");
  });

  it("is refused when it is expired, for others, forged or without its claims", async () => {
    const [forger] = await newSigner("k1");
    const oidc = authenticator(configured({ claimValidationRules: [{ claim: "hd", requiredValue: "acme" }] }));
    const good = { hd: "acme" };
    assert.equal((await oidc.authenticateToken(await token(good))).outcome, "authenticated");
    const bad = [
      token({ ...good, exp: 1 }),
      token({ ...good, aud: "else" }),
      token(good, forger),
      token({}),
      token({ ...good, hd: "other" }),
      token({ ...good, sub: undefined }),
      token({ ...good, groups: [1] as unknown as string[] }),
    ];
    for (const signed of bad) assert.equal((await oidc.authenticateToken(await signed)).outcome, "invalid");
  });

  it("with an unverified e-mail address is refused", async () => {
    const mappings = { username: { claim: "email", prefix: "" } };
    const oidc = authenticator(configured({ claimMappings: mappings }));
    const refused = await oidc.authenticateToken(await token({ email: "a@b", email_verified: false }));
    assert.deepEqual(refused, { outcome: "invalid", reason: "oidc: email not verified" });
    const accepted = await oidc.authenticateToken(await token({ email: "a@b", email_verified: true }));
    assert.equal(accepted.outcome, "authenticated");
  });

  it("of an unknown issuer is somebody else's", async () => {
    assert.deepEqual(await authenticator(configured()).authenticateToken(await token({ iss: "https://x" })), {
      outcome: "absent",
    });
    assert.deepEqual(await authenticator().authenticateToken(await token()), { outcome: "absent" });
  });

  it("of an issuer that cannot be trusted is refused, and the issuer is not asked again at once", async () => {
    const issuer = { ...configured().issuer, certificateAuthority: undefined };
    const oidc = authenticator(configured({ issuer }));
    const signed = await token();
    fetches = 0;
    assert.equal((await oidc.authenticateToken(signed)).outcome, "invalid");
    assert.equal((await oidc.authenticateToken(signed)).outcome, "invalid");
    assert.equal(fetches, 0);
  });
});

describe("an authentication configuration", () => {
  const document = (issuer: object) => ({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthenticationConfiguration",
    jwt: [issuer],
  });
  const good = {
    issuer: { url: "https://x", audiences: ["a"] },
    claimMappings: { username: { claim: "sub", prefix: "" } },
    claimValidationRules: [{ claim: "hd", requiredValue: "acme" }],
  };

  it("is read", () => assert.deepEqual(parseAuthenticationConfiguration(document(good)), [good]));

  it("is refused with the path of what is wrong", () => {
    const cases: [object, RegExp][] = [
      [{ ...good, issuer: { audiences: ["a"] } }, /^Error: jwt\[0\]\.issuer\.url: Required value/],
      [{ ...good, issuer: { url: "https://x", audiences: [] } }, /jwt\[0\]\.issuer\.audiences/],
      [{ ...good, claimMappings: { username: { claim: "sub" } } }, /username\.prefix: Required value/],
      [
        { ...good, claimMappings: { username: { expression: "claims.sub" } } },
        /expression: CEL expressions are not supported/,
      ],
    ];
    for (const [issuer, message] of cases)
      assert.throws(() => parseAuthenticationConfiguration(document(issuer)), message);
    assert.throws(() => authenticator(configured(), configured()), /configured twice/);
    assert.throws(() => authenticator(configured({ issuer: { url: "http://x", audiences: ["a"] } })), /must be https/);
  });
});
