import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { before, describe, it } from "node:test";
import { StatusError } from "../../machinery/status-error.ts";
import type { Attributes, Decision, UserInfo } from "../identity.ts";
import { createCertificateAuthority, issueClientCertificate, type KeyPair } from "../pki/certificate-authority.ts";
import { AnonymousAuthenticator } from "./anonymous.ts";
import { BootstrapTokenAuthenticator } from "./bootstrap-tokens.ts";
import { ClientCertificateAuthenticator, ClientCertificateVerifier } from "./client-certificates.ts";
import { FrontProxyAuthenticator } from "./front-proxy.ts";
import { impersonate } from "./impersonation.ts";
import { RequestAuthenticator } from "./request-authenticator.ts";
import { StaticTokenAuthenticator } from "./static-tokens.ts";
import { credentialsOf, TestState } from "./testing.ts";
import { BearerTokens } from "./token-authenticator.ts";

const now = new Date("2026-03-01T12:00:00Z");
const clock = { now };
let clientAuthority: KeyPair;
let proxyAuthority: KeyPair;
let ann: X509Certificate;
let proxy: X509Certificate;
let request: RequestAuthenticator;

before(async () => {
  clientAuthority = await createCertificateAuthority({ commonName: "ca", now });
  proxyAuthority = await createCertificateAuthority({ commonName: "proxy-ca", now });
  const issue = async (by: KeyPair, commonName: string) =>
    new X509Certificate(
      (await issueClientCertificate(by, { commonName, organizations: ["devs"], now, seconds: 3600 })).certificate,
    );
  ann = await issue(clientAuthority, "ann");
  proxy = await issue(proxyAuthority, "front-proxy-client");
  const verifier = (authority: KeyPair) => new ClientCertificateVerifier([authority.certificate], () => clock.now);
  request = new RequestAuthenticator(
    [
      new FrontProxyAuthenticator({ verifier: verifier(proxyAuthority), allowedNames: ["front-proxy-client"] }),
      new ClientCertificateAuthenticator(verifier(clientAuthority)),
      new BearerTokens([new StaticTokenAuthenticator("secret,bob,7", "tokens.csv")], ["api"]),
    ],
    new AnonymousAuthenticator({ mode: "health" }),
  );
});

const who = async (given: Parameters<typeof credentialsOf>[0]) => {
  const answer = await request.authenticate(credentialsOf(given));
  return answer.outcome === "authenticated" ? answer.user : answer;
};

describe("a request", () => {
  it("by certificate is its user's, in system:authenticated", async () => {
    const user = (await who({ certificate: ann })) as UserInfo;
    assert.equal(user.name, "ann");
    assert.deepEqual(user.groups, ["devs", "system:authenticated"]);
  });

  it("by token is its user's", async () => {
    assert.deepEqual(await who({ bearerToken: "secret" }), { name: "bob", uid: "7", groups: ["system:authenticated"] });
  });

  it("with a bad certificate and a good token is the token's", async () => {
    assert.equal(((await who({ certificate: proxy, bearerToken: "secret" })) as UserInfo).name, "bob");
  });

  it("with bad credentials is refused, and never anonymous", async () => {
    for (const given of [{ certificate: proxy }, { bearerToken: "wrong" }]) {
      const answer = (await who({ ...given, path: "/livez" })) as { outcome: string };
      assert.equal(answer.outcome, "invalid");
    }
  });

  it("with a certificate is refused once it expired, also on a known connection", async () => {
    assert.equal(((await who({ certificate: ann })) as UserInfo).name, "ann");
    clock.now = new Date(now.getTime() + 3_601_000);
    try {
      assert.equal(((await who({ certificate: ann })) as { outcome: string }).outcome, "invalid");
    } finally {
      clock.now = now;
    }
  });

  it("without credentials is anonymous for health and cluster-info only", async () => {
    const anonymous = { name: "system:anonymous", groups: ["system:unauthenticated"] };
    assert.deepEqual(await who({ path: "/readyz" }), anonymous);
    assert.deepEqual(await who({ path: "/api/v1/namespaces/kube-public/configmaps/cluster-info" }), anonymous);
    for (const path of ["/readyz/etcd", "/api", "/api/v1/namespaces/kube-public/configmaps", "/livez/../api"]) {
      assert.deepEqual(await who({ path }), { outcome: "absent" });
    }
    const modes = { all: "authenticated", none: "absent" } as const;
    for (const [mode, outcome] of Object.entries(modes)) {
      const authenticator = new AnonymousAuthenticator({ mode: mode as "all" | "none" });
      assert.equal(
        authenticator.authenticate(credentialsOf({ path: mode === "all" ? "/api" : "/livez" })).outcome,
        outcome,
      );
    }
  });
});

describe("the headers of a front proxy", () => {
  const headers = {
    "X-Remote-User": "carol",
    "X-Remote-Group": ["a", "b"],
    "X-Remote-Uid": "u1",
    "X-Remote-Extra-Acme.com%2fProject": ["p", "q"],
  };

  it("name the user when the proxy shows its certificate", async () => {
    assert.deepEqual(await who({ certificate: proxy, headers }), {
      name: "carol",
      uid: "u1",
      groups: ["a", "b", "system:authenticated"],
      extra: { "acme.com/project": ["p", "q"] },
    });
  });

  it("are ignored from anybody else", async () => {
    assert.equal(((await who({ certificate: ann, headers })) as UserInfo).name, "ann");
    assert.deepEqual(await who({ headers }), { outcome: "absent" });
  });

  it("are refused from a proxy whose name is not allowed", async () => {
    const { certificate } = await issueClientCertificate(proxyAuthority, { commonName: "impostor", now });
    const answer = (await who({ certificate: new X509Certificate(certificate), headers })) as { reason: string };
    assert.match(answer.reason, /subject with cn=impostor is not in the allowed list/);
  });
});

describe("a bootstrap token", () => {
  const secret = (fields: Record<string, string>, type = "bootstrap.kubernetes.io/token") => ({
    apiVersion: "v1",
    kind: "Secret",
    type,
    metadata: { namespace: "kube-system", name: "bootstrap-token-abcdef" },
    data: Object.fromEntries(
      Object.entries({
        "token-id": "abcdef",
        "token-secret": "0123456789abcdef",
        "usage-bootstrap-authentication": "true",
        ...fields,
      }).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    ),
  });
  const attempt = (fields: Record<string, string>, token = "abcdef.0123456789abcdef", type?: string) =>
    new BootstrapTokenAuthenticator(new TestState().set("secrets", secret(fields, type)), () => now).authenticateToken(
      token,
    );

  it("authenticates a machine that joins, with its groups sorted", () => {
    assert.deepEqual(
      attempt({ "auth-extra-groups": "system:bootstrappers:z,system:bootstrappers:kubeadm:default-node-token" }),
      {
        outcome: "authenticated",
        user: {
          name: "system:bootstrap:abcdef",
          groups: ["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:bootstrappers:z"],
        },
      },
    );
    assert.equal(attempt({ expiration: "2026-03-01T12:00:01Z" }).outcome, "authenticated");
  });

  const bad: Record<string, Parameters<typeof attempt>> = {
    "a wrong secret": [{}, "abcdef.0123456789abcdee"],
    "an unknown id": [{}, "abcdeg.0123456789abcdef"],
    "an expired token": [{ expiration: "2026-03-01T12:00:00Z" }],
    "an unreadable expiration": [{ expiration: "tomorrow" }],
    "no usage for authentication": [{ "usage-bootstrap-authentication": "false" }],
    "a group outside system:bootstrappers": [{ "auth-extra-groups": "system:masters" }],
    "another id inside the secret": [{ "token-id": "zzzzzz" }],
    "another type of secret": [{}, undefined, "Opaque"],
    "an empty secret": [{ "token-secret": "" }, "abcdef."],
  };
  for (const [name, attempted] of Object.entries(bad)) {
    it(`is unknown with ${name}`, () => assert.equal(attempt(...attempted).outcome, "absent"));
  }
});

describe("a token file", () => {
  it("holds tokens, users, uids and groups", () => {
    const file = new StaticTokenAuthenticator('t1,ann,1,"a,b"\n\n t2 , "b""ob", 2\r\nt3,carl,3,c\n', "f");
    const user = (token: string) => {
      const answer = file.authenticateToken(token);
      return answer.outcome === "authenticated" ? answer.user : undefined;
    };
    assert.deepEqual(user("t1"), { name: "ann", uid: "1", groups: ["a", "b"] });
    assert.deepEqual(user("t2"), { name: 'b"ob', uid: "2", groups: [] });
    assert.deepEqual(user("t3"), { name: "carl", uid: "3", groups: ["c"] });
    assert.equal(user("t4"), undefined);
    assert.equal(user(""), undefined);
  });

  it("with a short line or an open quote is refused", () => {
    assert.throws(() => new StaticTokenAuthenticator("a,b", "f"), /'f' must have at least 3 columns .* found 2/);
    assert.throws(() => new StaticTokenAuthenticator('a,"b', "f"), /not closed/);
  });
});

describe("impersonation", () => {
  const asked: Attributes["resource"][] = [];
  const authorizer = (refused: string) => ({
    authorize({ resource }: Attributes): Decision {
      asked.push(resource);
      return resource?.name === refused ? { decision: "noOpinion", reason: "" } : { decision: "allow", reason: "" };
    },
  });
  const boss: UserInfo = { name: "boss", groups: ["system:authenticated"] };
  const act = (headers: Record<string, string | string[]>, refused = "-") => {
    asked.length = 0;
    return impersonate(boss, credentialsOf({ headers }), authorizer(refused));
  };

  it("changes nothing without its headers", async () => assert.equal(await act({ "x-other": "1" }), boss));

  it("makes the user, and asks for every piece of it", async () => {
    const user = await act({
      "Impersonate-User": "ann",
      "Impersonate-Uid": "u1",
      "Impersonate-Group": ["devs", "ops"],
      "Impersonate-Extra-Acme%2Fscope": ["a", "b"],
    });
    assert.deepEqual(user, {
      name: "ann",
      uid: "u1",
      groups: ["devs", "ops", "system:authenticated"],
      extra: { "acme/scope": ["a", "b"] },
    });
    assert.deepEqual(
      asked.map((piece) => `${piece!.group}:${piece!.resource}/${piece!.subresource}:${piece!.name}`),
      [
        ":users/:ann",
        ":groups/:devs",
        ":groups/:ops",
        "authentication.k8s.io:userextras/acme/scope:a",
        "authentication.k8s.io:userextras/acme/scope:b",
        "authentication.k8s.io:uids/:u1",
      ],
    );
  });

  it("gives a service account its groups", async () => {
    const user = await act({ "Impersonate-User": "system:serviceaccount:team:robot" });
    assert.deepEqual(user.groups, ["system:serviceaccounts", "system:serviceaccounts:team", "system:authenticated"]);
    assert.deepEqual(
      asked.map((piece) => [piece!.resource, piece!.namespace, piece!.name]),
      [["serviceaccounts", "team", "robot"]],
    );
  });

  it("of the anonymous user is unauthenticated", async () => {
    assert.deepEqual((await act({ "Impersonate-User": "system:anonymous" })).groups, ["system:unauthenticated"]);
    const stated = await act({ "Impersonate-User": "ann", "Impersonate-Group": "system:unauthenticated" });
    assert.deepEqual(stated.groups, ["system:unauthenticated"]);
  });

  it("is refused with the words of Kubernetes", async () => {
    const message = async (headers: Record<string, string>, refused: string) => {
      try {
        await act(headers, refused);
        return "";
      } catch (error) {
        assert.ok(error instanceof StatusError);
        return `${error.code} ${error.message}`;
      }
    };
    assert.equal(
      await message({ "Impersonate-User": "ann" }, "ann"),
      '403 users "ann" is forbidden: User "boss" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    assert.equal(
      await message({ "Impersonate-User": "system:serviceaccount:team:robot" }, "robot"),
      '403 serviceaccounts "robot" is forbidden: User "boss" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "team"',
    );
    assert.equal(
      await message({ "Impersonate-User": "ann", "Impersonate-Extra-Scope": "x" }, "x"),
      '403 userextras.authentication.k8s.io "x" is forbidden: User "boss" cannot impersonate resource "userextras/scope" in API group "authentication.k8s.io" at the cluster scope',
    );
    assert.equal(
      await message({ "Impersonate-Group": "devs" }, "-"),
      "400 requested [{Group  devs    }] without impersonating a user",
    );
  });
});
