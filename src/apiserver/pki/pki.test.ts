import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServingCertificate,
  type KeyPair,
  signCertificateRequest,
} from "./certificate-authority.ts";
import { parseCertificateRequest } from "./certificate-request.ts";
import { verifyClientCertificate } from "./client-certificates.ts";
import { certificateCovers, createPlaneKeys, keyIdOf, parsePlaneKeys, renewCertificates } from "./plane-keys.ts";

const now = new Date("2026-03-01T12:00:00.000Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const hasOpenssl = (() => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

let authority: KeyPair;
let other: KeyPair;
let folder: string;

before(async () => {
  authority = await createCertificateAuthority({ commonName: "one", now });
  other = await createCertificateAuthority({ commonName: "one", now });
  folder = mkdtempSync(join(tmpdir(), "muster-pki-"));
});
after(() => rmSync(folder, { recursive: true }));

describe("client certificates", () => {
  const verify = (pair: KeyPair, by: KeyPair[], at = now) =>
    verifyClientCertificate(
      new X509Certificate(pair.certificate),
      by.map((one) => new X509Certificate(one.certificate)),
      at,
    );

  it("name the user and its groups in order", async () => {
    const pair = await issueClientCertificate(authority, { commonName: "ann", organizations: ["b", "a"], now });
    const result = verify(pair, [other, authority]);
    assert.ok(result.ok);
    assert.equal(result.user.name, "ann");
    assert.deepEqual(result.user.groups, ["b", "a"]);
    assert.match(result.user.extra!["authentication.kubernetes.io/credential-id"]![0]!, /^X509SHA256=[0-9a-f]{64}$/);
  });

  it("keep names with quotes, separators and line ends as they are", async () => {
    const names = ['a"b"', "#61", "x, O=system:masters", "y\nO=system:masters", "z\\+CN=q", "ünï"];
    for (const commonName of names) {
      const pair = await issueClientCertificate(authority, { commonName, organizations: names, now });
      const result = verify(pair, [authority]);
      assert.ok(result.ok);
      assert.equal(result.user.name, commonName);
      assert.deepEqual(result.user.groups, names);
    }
  });

  it("of another plane are refused, also when its authority has the same name", async () => {
    const pair = await issueClientCertificate(other, { commonName: "ann", now });
    const result = verify(pair, [authority]);
    assert.equal(result.ok, false);
    assert.match((result as { reason: string }).reason, /unknown authority/);
  });

  it("are refused outside their dates", async () => {
    const pair = await issueClientCertificate(authority, { commonName: "ann", now, seconds: 60 });
    assert.equal(verify(pair, [authority], later(59)).ok, true);
    assert.equal(verify(pair, [authority], later(-299)).ok, true);
    assert.equal(verify(pair, [authority], later(61)).ok, false);
    assert.equal(verify(pair, [authority], later(-301)).ok, false);
  });

  it("for servers are refused", async () => {
    const pair = await issueServingCertificate(authority, { commonName: "ann", names: ["a.example"], now });
    assert.match((verify(pair, [authority]) as { reason: string }).reason, /incompatible key usage/);
  });

  it("issued by a certificate that is no authority are refused", async () => {
    const leaf = await issueClientCertificate(authority, { commonName: "leaf", now });
    const forged = await issueClientCertificate(leaf, { commonName: "root", organizations: ["system:masters"], now });
    assert.equal(verify(forged, [authority, leaf]).ok, false);
  });

  it("without a common name stand for nobody", async () => {
    const pair = await issueClientCertificate(authority, { commonName: "", now });
    assert.equal(verify(pair, [authority]).ok, false);
  });
});

describe("an authority", () => {
  it("issues serving certificates for names and addresses", async () => {
    const names = ["localhost", "10.0.0.1", "::1", "hub.example"];
    const pair = await issueServingCertificate(authority, { commonName: "s", names, now });
    assert.equal(certificateCovers(pair.certificate, names, now), true);
    assert.equal(certificateCovers(pair.certificate, ["else.example"], now), false);
    assert.equal(certificateCovers(pair.certificate, ["10.0.0.2"], now), false);
    assert.equal(certificateCovers(pair.certificate, names, later(364 * 86_400), 86_400 * 2), false);
  });

  it("never lets a certificate outlive it, and gives each its own serial", async () => {
    const short = await createCertificateAuthority({ commonName: "short", now, seconds: 3600 });
    const first = new X509Certificate(
      (await issueClientCertificate(short, { commonName: "a", now, seconds: 999_999 })).certificate,
    );
    const second = new X509Certificate((await issueClientCertificate(short, { commonName: "a", now })).certificate);
    assert.deepEqual(first.validToDate, later(3600));
    assert.notEqual(first.serialNumber, second.serialNumber);
    await assert.rejects(issueClientCertificate(short, { commonName: "a", now: later(3601) }), /expired/);
  });

  it("gives long certificates exactly the lifetime that was asked, counted from the backdated start", async () => {
    const pair = await issueClientCertificate(authority, { commonName: "a", now, seconds: 86_400 });
    const certificate = new X509Certificate(pair.certificate);
    assert.deepEqual(certificate.validFromDate, later(-300));
    assert.deepEqual(certificate.validToDate, later(86_400 - 300));
  });

  it("makes certificates that OpenSSL accepts", { skip: !hasOpenssl }, async () => {
    const today = new Date();
    const root = await createCertificateAuthority({ commonName: "root", now: today });
    const client = await issueClientCertificate(root, { commonName: "c", now: today });
    const server = await issueServingCertificate(root, { commonName: "s", names: ["s.example"], now: today });
    writeFileSync(join(folder, "ca.pem"), root.certificate);
    for (const [purpose, pair] of [
      ["sslclient", client],
      ["sslserver", server],
    ] as const) {
      const file = join(folder, `${purpose}.pem`);
      writeFileSync(file, pair.certificate);
      const arguments_ = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", join(folder, "ca.pem"), file];
      assert.match(execFileSync("openssl", arguments_, { encoding: "utf8" }), /OK/);
    }
  });
});

describe("certificate requests", { skip: !hasOpenssl }, () => {
  const keys = {
    rsa: ["-newkey", "rsa:2048"],
    "p-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p-384": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ed25519: ["-newkey", "ed25519"],
  };
  const request = (key: keyof typeof keys, extra: string[] = []) => {
    const file = join(folder, `${key}.csr`);
    const subject = "/O=system:nodes/CN=system:node:n1";
    execFileSync(
      "openssl",
      [
        "req",
        "-new",
        "-nodes",
        ...keys[key],
        "-keyout",
        join(folder, "k.pem"),
        "-out",
        file,
        "-subj",
        subject,
        ...extra,
      ],
      { stdio: "ignore" },
    );
    return readFileSync(file, "utf8");
  };

  for (const key of Object.keys(keys) as (keyof typeof keys)[]) {
    it(`with a key of type ${key} are verified and signed`, async () => {
      const parsed = await parseCertificateRequest(
        request(key, ["-addext", "subjectAltName=DNS:n1.example,IP:10.1.2.3,IP:fd00::1"]),
      );
      assert.ok(parsed.ok, JSON.stringify(parsed));
      assert.equal(parsed.request.commonName, "system:node:n1");
      assert.deepEqual(parsed.request.organizations, ["system:nodes"]);
      assert.deepEqual(parsed.request.dnsNames, ["n1.example"]);
      assert.equal(parsed.request.ipAddresses[0], "10.1.2.3");
      assert.equal(parsed.request.ipAddresses.length, 2);
      const pem = await signCertificateRequest(authority, parsed.request, {
        usages: ["digital signature", "client auth"],
        seconds: 600,
        now,
      });
      const certificate = new X509Certificate(pem);
      const verified = verifyClientCertificate(certificate, [new X509Certificate(authority.certificate)], now);
      assert.ok(verified.ok, JSON.stringify(verified));
      assert.equal(verified.user.name, "system:node:n1");
      assert.deepEqual(verified.user.groups, ["system:nodes"]);
      assert.notEqual(certificate.checkIP("10.1.2.3"), undefined);
    });
  }

  it("that were changed after they were signed are refused", async () => {
    const pem = request("p-256");
    const der = Buffer.from(pem.replace(/-----.*-----/g, ""), "base64");
    const at = der.indexOf("system:node:n1");
    der.write("system:node:n2", at);
    const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    assert.deepEqual(await parseCertificateRequest(changed), {
      ok: false,
      reason: "the signature of the certificate request is wrong",
    });
  });

  it("with a usage that does not exist are refused", async () => {
    const parsed = await parseCertificateRequest(request("p-256"));
    assert.ok(parsed.ok);
    const options = { usages: ["telepathy"], seconds: 600, now };
    await assert.rejects(signCertificateRequest(authority, parsed.request, options), /unrecognized usages: telepathy/);
  });
});

describe("malformed certificate requests", () => {
  const pem = (text: string) => `-----BEGIN CERTIFICATE REQUEST-----\n${text}\n-----END CERTIFICATE REQUEST-----\n`;
  const cases = {
    "no PEM": "hello",
    "another block": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "no DER": pem("AAAA"),
    "cut DER": pem("MIIBIjANBgkqhkiG9w0BAQEF"),
    "deep nesting": pem(Buffer.from("30808080".repeat(4000), "hex").toString("base64")),
    "too large": pem("A".repeat(70_000)),
  };
  for (const [name, text] of Object.entries(cases)) {
    it(`are refused: ${name}`, async () => assert.equal((await parseCertificateRequest(text)).ok, false));
  }
});

describe("the keys of a plane", () => {
  it("survive JSON, and are renewed in time", async () => {
    const keys = await createPlaneKeys({ servingNames: ["localhost", "127.0.0.1"], now });
    assert.deepEqual(parsePlaneKeys(JSON.parse(JSON.stringify(keys))), keys);
    assert.equal(certificateCovers(keys.serving.certificate, ["localhost", "127.0.0.1"], now), true);
    const day = 86_400;
    assert.equal(await renewCertificates(keys, { servingNames: ["localhost"], now, seconds: 30 * day }), keys);
    const named = await renewCertificates(keys, { servingNames: ["hub.example"], now, seconds: 30 * day });
    assert.equal(certificateCovers(named.serving.certificate, ["hub.example"], now), true);
    assert.equal(named.frontProxyClient, keys.frontProxyClient);
    const later = new Date(now.getTime() + 340 * day * 1000);
    const renewed = await renewCertificates(keys, { servingNames: ["localhost"], now: later, seconds: 30 * day });
    assert.equal(certificateCovers(renewed.serving.certificate, ["localhost"], later, 300 * day), true);
    assert.equal(certificateCovers(renewed.frontProxyClient.certificate, [], later, 300 * day), true);
    assert.throws(() => parsePlaneKeys({ ...keys, serving: { certificate: "x" } }), /serving.certificate is not PEM/);
  });

  it("have ids made of the public key", () => {
    const key = new X509Certificate(authority.certificate).publicKey;
    assert.match(keyIdOf(key), /^[A-Za-z0-9_-]{43}$/);
  });
});
