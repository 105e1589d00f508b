import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildKubeconfig, parseKubeconfig } from "./kubeconfig.ts";

describe("kubeconfigs", () => {
  const readFile = (path: string) => {
    if (path === "token") return "secret\n";
    if (path === "ca.crt") return "CA";
    throw new Error(`no file ${path}`);
  };
  const text = `
current-context: a
clusters:
  - name: c
    cluster:
      server: "https://x"
      certificate-authority: ca.crt
      insecure-skip-tls-verify: true
      extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: hub}}]
users:
  - {name: u, user: {tokenFile: token}}
  - {name: old, user: {auth-provider: {name: gcp}}}
  - {name: odd, user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}}
  - name: e
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1
        command: login
        args: [--for, 7]
        env: [{name: REGION, value: north}]
        interactiveMode: Never
        provideClusterInfo: true
        installHint: install login first
contexts:
  - {name: a, context: {cluster: c, user: u}}
  - {name: b, context: {cluster: c, user: e}}
  - {name: old, context: {cluster: c, user: old}}
  - {name: odd, context: {cluster: c, user: odd}}
`;

  it("are read as they were built", () => {
    const access = {
      server: "https://127.0.0.1:6443",
      certificateAuthority: "CA",
      clientCertificate: "C",
      clientKey: "K",
      namespace: "team",
      tlsServerName: "hub",
      impersonate: { user: "ann", groups: ["a"], extra: { scope: ["x", "y"] } },
    };
    const built = buildKubeconfig(access, { cluster: "hub", user: "admin" });
    assert.deepEqual(parseKubeconfig(built, { readFile }), access);
  });

  it("may name files", () => {
    assert.deepEqual(parseKubeconfig(text, { readFile }), {
      server: "https://x",
      certificateAuthority: "CA",
      insecureSkipTlsVerify: true,
      token: "secret",
      tokenFile: "token",
    });
  });

  it("may name a program that gives credentials", () => {
    assert.deepEqual(parseKubeconfig(text, { readFile, context: "b" }).exec, {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "login",
      args: ["--for", "7"],
      env: { REGION: "north" },
      interactiveMode: "Never",
      provideClusterInfo: true,
      installHint: "install login first",
      clusterConfig: { audience: "hub" },
    });
  });

  it("are refused with what is wrong", () => {
    assert.throws(() => parseKubeconfig(text, { readFile, context: "z" }), /no context "z"/);
    assert.throws(() => parseKubeconfig(text, { readFile, context: "old" }), /auth-provider/);
    assert.throws(() => parseKubeconfig(text, { readFile, context: "odd" }), /v1alpha1/);
    assert.throws(() => parseKubeconfig("[]", { readFile }), /not a mapping/);
  });
});
