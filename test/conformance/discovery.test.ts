// How clients find out what a server offers: versions, groups, resources, health and the OpenAPI documents.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, expectObject, expectStatus, uniqueName } from "./support/api.ts";

const aggregatedV2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const aggregatedV2beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

function resourceNamed(list: JsonObject, name: string): JsonObject {
  const found = list.resources.find((each: JsonObject) => each.name === name);
  assert.ok(found, `${list.groupVersion} lists ${name}`);
  return found;
}

describe("discovery", { concurrency: 8 }, () => {
  test("/version names the Kubernetes release whose API is served", async () => {
    const version = await api.read("/version");
    assert.equal(version.major, "1");
    assert.match(version.minor, /^[0-9]+\+?$/);
    assert.match(version.gitVersion, /^v1\.[0-9]+\.[0-9]+/);
    assert.match(version.platform, /^[a-z0-9]+\/[a-z0-9]+$/);
  });

  test("/api lists the versions of the core group", async () => {
    const versions = await api.read("/api");
    assert.equal(versions.kind, "APIVersions");
    assert.deepEqual(versions.versions, ["v1"]);
    assert.ok(Array.isArray(versions.serverAddressByClientCIDRs));
  });

  test("/api/v1 lists the core resources with verbs, short names, categories and subresources", async () => {
    const list = await api.read("/api/v1");
    assert.equal(list.kind, "APIResourceList");
    assert.equal(list.groupVersion, "v1");
    const pods = resourceNamed(list, "pods");
    assert.equal(pods.kind, "Pod");
    assert.equal(pods.singularName, "pod");
    assert.equal(pods.namespaced, true);
    assert.deepEqual(pods.shortNames, ["po"]);
    assert.deepEqual(pods.categories, ["all"]);
    assert.deepEqual(pods.verbs, ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]);
    assert.deepEqual(resourceNamed(list, "pods/status").verbs, ["get", "patch", "update"]);
    assert.equal(resourceNamed(list, "namespaces").namespaced, false);
    assert.deepEqual(resourceNamed(list, "bindings").verbs, ["create"]);
  });

  test("subresources that take or give another kind say which", async () => {
    const core = await api.read("/api/v1");
    const eviction = resourceNamed(core, "pods/eviction");
    assert.deepEqual([eviction.group, eviction.version, eviction.kind], ["policy", "v1", "Eviction"]);
    const token = resourceNamed(core, "serviceaccounts/token");
    assert.deepEqual([token.group, token.version, token.kind], ["authentication.k8s.io", "v1", "TokenRequest"]);
    const scale = resourceNamed(await api.read("/apis/apps/v1"), "deployments/scale");
    assert.deepEqual([scale.group, scale.version, scale.kind], ["autoscaling", "v1", "Scale"]);
  });

  test("/apis lists every group with its versions and the preferred one", async () => {
    const list = await api.read("/apis");
    assert.equal(list.kind, "APIGroupList");
    const apps = list.groups.find(({ name }: JsonObject) => name === "apps");
    assert.deepEqual(apps.versions, [{ groupVersion: "apps/v1", version: "v1" }]);
    assert.deepEqual(apps.preferredVersion, { groupVersion: "apps/v1", version: "v1" });
    const names = new Set(list.groups.map(({ name }: JsonObject) => name));
    for (const name of [
      "admissionregistration.k8s.io",
      "apiextensions.k8s.io",
      "apiregistration.k8s.io",
      "apps",
      "authentication.k8s.io",
      "authorization.k8s.io",
      "autoscaling",
      "batch",
      "certificates.k8s.io",
      "coordination.k8s.io",
      "discovery.k8s.io",
      "events.k8s.io",
      "flowcontrol.apiserver.k8s.io",
      "networking.k8s.io",
      "node.k8s.io",
      "policy",
      "rbac.authorization.k8s.io",
      "scheduling.k8s.io",
      "storage.k8s.io",
    ]) {
      assert.ok(names.has(name), `${name} is served`);
    }
  });

  test("every group version that /apis names has a document with resources", async () => {
    const { groups } = await api.read("/apis");
    // Groups of other cases come and go.
    for (const group of groups.filter(({ name }: JsonObject) => !name.endsWith(".example.com"))) {
      assert.equal((await api.read(`/apis/${group.name}`)).kind, "APIGroup");
      for (const { groupVersion } of group.versions) {
        const list = await api.read(`/apis/${groupVersion}`);
        assert.equal(list.groupVersion, groupVersion);
        assert.ok(list.resources.length > 0, `${groupVersion} has resources`);
      }
    }
  });

  test("an unknown group or version is not found", async () => {
    expectStatus(await api.get("/apis/nobody.example.com"), 404, "NotFound");
    expectStatus(await api.get("/apis/apps/v99"), 404, "NotFound");
    expectStatus(await api.get("/api/v2"), 404, "NotFound");
  });

  for (const [version, accept] of [
    ["v2", aggregatedV2],
    ["v2beta1", aggregatedV2beta1],
  ] as const) {
    test(`aggregated discovery ${version} gives all groups and resources in one answer`, async () => {
      const answer = await api.get("/apis", { accept: `${accept},application/json` });
      const list = expectObject(answer);
      assert.equal(list.kind, "APIGroupDiscoveryList");
      assert.equal(list.apiVersion, `apidiscovery.k8s.io/${version}`);
      assert.match(answer.headers["content-type"]!, /g=apidiscovery\.k8s\.io/);
      assert.match(answer.headers["content-type"]!, new RegExp(`v=${version}(;|$)`));
      const apps = list.items.find((item: JsonObject) => item.metadata.name === "apps").versions[0];
      assert.equal(apps.version, "v1");
      assert.equal(apps.freshness, "Current");
      const deployments = apps.resources.find(({ resource }: JsonObject) => resource === "deployments");
      assert.equal(deployments.scope, "Namespaced");
      assert.equal(deployments.singularResource, "deployment");
      assert.deepEqual(deployments.responseKind, { group: "apps", version: "v1", kind: "Deployment" });
      assert.deepEqual(deployments.shortNames, ["deploy"]);
      assert.deepEqual(deployments.subresources.map(({ subresource }: JsonObject) => subresource).sort(), [
        "scale",
        "status",
      ]);
    });
  }

  test("aggregated discovery of /api holds the core group alone", async () => {
    const list = expectObject(await api.get("/api", { accept: aggregatedV2 }));
    assert.equal(list.items.length, 1);
    assert.equal(list.items[0].metadata.name, undefined);
    assert.equal(list.items[0].versions[0].version, "v1");
  });

  test("aggregated discovery has an ETag and answers 304 to those who know it", async () => {
    const first = await api.get("/apis", { accept: aggregatedV2 });
    const { etag } = first.headers;
    assert.match(etag ?? "", /^"[0-9A-F]+"$/i);
    const second = await api.get("/apis", { accept: aggregatedV2, headers: { "if-none-match": etag! } });
    // Another case may have made a custom resource in between.
    if (second.headers.etag === etag) {
      assert.equal(second.code, 304);
      assert.equal(second.text, "");
    }
  });

  test("the form of discovery is the first one that the client accepts", async () => {
    const old = await api.get("/apis", { accept: `application/json,${aggregatedV2}` });
    assert.equal(old.json.kind, "APIGroupList");
    const unknown = await api.get("/apis", {
      accept: "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,application/json",
    });
    assert.equal(unknown.json.kind, "APIGroupList");
  });

  test("the root lists the paths that are served", async () => {
    const { paths } = await api.read("/");
    for (const path of ["/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/version", "/livez", "/readyz"]) {
      assert.ok(paths.includes(path), `${path} is listed`);
    }
  });

  test("/livez, /readyz and /healthz answer ok", async () => {
    for (const path of ["/livez", "/readyz", "/healthz"]) {
      const answer = await api.get(path);
      assert.equal(answer.code, 200);
      assert.equal(answer.text, "ok");
      assert.match(answer.headers["content-type"]!, /^text\/plain/);
    }
  });

  test("verbose health lists named checks, and each can be asked or excluded", async () => {
    const { text } = await api.get("/readyz?verbose");
    assert.match(text, /\nreadyz check passed\n$/);
    const name = /\[\+\](\S+) ok/.exec(text)?.[1];
    assert.ok(name, text);
    assert.equal((await api.get(`/readyz/${name}`)).text, "ok");
    const without = await api.get(`/readyz?verbose&exclude=${name}`);
    assert.match(without.text, new RegExp(`\\[\\+\\]${name} excluded: ok`));
    assert.equal((await api.get("/readyz/no-such-check")).code, 404);
  });

  test("excluding an unknown check is told in the verbose answer", async () => {
    const { code, text } = await api.get("/livez?verbose&exclude=nothing");
    assert.equal(code, 200);
    assert.match(text, /warn: some health checks cannot be excluded: no matches for "nothing"/);
  });

  test("/metrics speaks the Prometheus text format", async () => {
    const answer = await api.get("/metrics", { accept: "*/*" });
    assert.equal(answer.code, 200);
    assert.match(answer.headers["content-type"]!, /^text\/plain; version=0\.0\.4/);
    assert.match(answer.text, /^# TYPE apiserver_request_total counter$/m);
  });

  test("names that nobody serves make no series of metrics", async () => {
    const made = uniqueName("made-up");
    await api.get(`/apis/${made}/v1/things`);
    await api.get(`/api/v1/namespaces/default/pods/a/${made}`);
    await api.send(made.toUpperCase(), "/api/v1/pods");
    const { text } = await api.get("/metrics", { accept: "*/*" });
    assert.ok(!text.toLowerCase().includes(made), "a made-up name is in the metrics");
    assert.match(text, /^apiserver_request_total\{verb="other",group="",version="v1",resource="pods",/m);
  });

  test("a compressed answer is counted with its code", async () => {
    const answer = await api.get("/openapi/v2", { headers: { "accept-encoding": "gzip" } });
    assert.equal(answer.headers["content-encoding"], "gzip");
    const { text } = await api.get("/metrics", { accept: "*/*" });
    assert.doesNotMatch(text, /^apiserver_request_total\{verb="GET".*code="0"/m);
  });

  test("OpenAPI v3 has an index of documents with hashes in their addresses", async () => {
    const { paths } = await api.read("/openapi/v3");
    const url = paths["apis/apps/v1"].serverRelativeURL;
    assert.match(url, /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]+$/);
    const answer = await api.get(url);
    const document = expectObject(answer);
    assert.match(document.openapi, /^3\.0/);
    assert.ok(document.components.schemas["io.k8s.api.apps.v1.Deployment"]);
    assert.ok(document.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]);
    assert.match(answer.headers["cache-control"]!, /immutable/);
  });

  test("an OpenAPI v3 address with an old hash leads to the current one", async () => {
    const { paths } = await api.read("/openapi/v3");
    const answer = await api.get("/openapi/v3/apis/apps/v1?hash=0000");
    assert.equal(answer.code, 301);
    assert.equal(answer.headers.location, paths["apis/apps/v1"].serverRelativeURL);
  });

  test("OpenAPI v3 answers 304 to those who know the document's ETag", async () => {
    const first = await api.get("/openapi/v3/apis/batch/v1");
    assert.ok(first.headers.etag);
    const second = await api.get("/openapi/v3/apis/batch/v1", { headers: { "if-none-match": first.headers.etag! } });
    assert.equal(second.code, 304);
  });

  test("OpenAPI v2 holds the definitions of all groups", async () => {
    const document = await api.read("/openapi/v2");
    assert.equal(document.swagger, "2.0");
    const deployment = document.definitions["io.k8s.api.apps.v1.Deployment"];
    assert.deepEqual(deployment["x-kubernetes-group-version-kind"], [
      { group: "apps", version: "v1", kind: "Deployment" },
    ]);
    assert.ok(document.paths["/api/v1/namespaces/{namespace}/pods/{name}/status"]);
  });

  test("OpenAPI v2 is given in protobuf to those who ask for it", async () => {
    const answer = await api.get("/openapi/v2", {
      accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
    });
    assert.equal(answer.code, 200);
    assert.match(answer.headers["content-type"]!, /protobuf/);
    // Field 1 of the document is the text of its version.
    assert.equal(answer.bytes.subarray(0, 5).toString("latin1"), "\n\u00032.0");
  });

  test("the issuer of service-account tokens publishes its configuration and keys", async () => {
    const configuration = await api.read("/.well-known/openid-configuration");
    assert.match(configuration.issuer, /^https:\/\//);
    assert.ok(configuration.jwks_uri.endsWith("/openid/v1/jwks"));
    assert.deepEqual(configuration.response_types_supported, ["id_token"]);
    assert.deepEqual(configuration.subject_types_supported, ["public"]);
    const { keys } = await api.read("/openid/v1/jwks");
    assert.ok(keys.length > 0);
    for (const key of keys) {
      assert.equal(key.use, "sig");
      assert.ok(key.kid && key.alg && key.kty);
      assert.equal(key.d, undefined, "private parts stay private");
    }
  });

  test("a path that is not served is not found", async () => {
    expectStatus(await api.get("/nothing/here"), 404, "NotFound", "the server could not find the requested resource");
  });
});
