// Admission webhooks of a control plane, over real HTTPS.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Client } from "../../client/client.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { openTestPlane, type TestPlane } from "../../testing.ts";
import { kinds, make, pod, refused } from "./testing.ts";
import { patchOf, startWebhook, type WebhookReply, type WebhookServer } from "./webhook-server.ts";

let hub: TestPlane;
let client: Client;
let server: WebhookServer;
/** What the webhook says to requests on a path; it allows what nobody speaks of. */
let replies: Record<string, (request: JsonObject) => WebhookReply> = {};

before(async () => {
  hub = await openTestPlane();
  client = hub.client;
  server = await startWebhook(
    (path, request) => replies[path]?.(request) ?? { allowed: true },
    ["127.0.0.1", "hook.default.svc"],
  );
});
after(async () => {
  await server.close();
  await hub.stop();
});
beforeEach(async () => {
  await client.resource(kinds.validatingWebhooks).deleteCollection({});
  await client.resource(kinds.mutatingWebhooks).deleteCollection({});
  replies = {};
  server.reviews.length = 0;
});

function webhook(path: string, fields: JsonObject = {}): JsonObject {
  return {
    name: `${path.slice(1) || "root"}.example.com`,
    clientConfig: { url: server.url(path), caBundle: server.caBundle },
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    ...fields,
  };
}

async function configure(sort: "validating" | "mutating", ...webhooks: JsonObject[]): Promise<void> {
  const kind = sort === "validating" ? kinds.validatingWebhooks : kinds.mutatingWebhooks;
  await client.resource(kind).create(make(kind, "hooks", { webhooks }));
}

let count = 0;

function create(fields: JsonObject = {}, options: { dryRun?: boolean } = {}) {
  return client.resource(kinds.configMaps).create(make(kinds.configMaps, `map-${++count}`, fields), options);
}

test("a webhook is told of the request and may refuse it", async () => {
  await configure("validating", webhook("/no"));
  replies["/no"] = () => ({ allowed: false, status: { code: 418, message: "not today", reason: "Teapot" } });
  assert.equal(
    await refused(create({ data: { a: "b" } })),
    '418 admission webhook "no.example.com" denied the request: not today',
  );
  const { request, apiVersion, kind } = server.reviews[0]!.body;
  assert.deepEqual([apiVersion, kind], ["admission.k8s.io/v1", "AdmissionReview"]);
  assert.deepEqual(
    { ...request, uid: "", object: request.object.data },
    {
      uid: "",
      kind: { group: "", version: "v1", kind: "ConfigMap" },
      resource: { group: "", version: "v1", resource: "configmaps" },
      requestKind: { group: "", version: "v1", kind: "ConfigMap" },
      requestResource: { group: "", version: "v1", resource: "configmaps" },
      name: `map-${count}`,
      namespace: "default",
      operation: "CREATE",
      userInfo: { username: "admin", groups: ["system:masters", "system:authenticated"] },
      object: { a: "b" },
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
    },
  );
});

test("a refusal without words has code 400", async () => {
  await configure("validating", webhook("/no"));
  replies["/no"] = () => ({ allowed: false });
  assert.equal(
    await refused(create()),
    '400 admission webhook "no.example.com" denied the request without explanation',
  );
});

test("a mutating webhook changes the object, and the change is checked", async () => {
  await configure("mutating", webhook("/change"));
  replies["/change"] = () =>
    patchOf([
      { op: "add", path: "/data", value: { added: "yes" } },
      { op: "add", path: "/unknown", value: 1 },
    ]);
  const created = await create();
  assert.deepEqual(created.data, { added: "yes" });
  assert.equal(created.unknown, undefined);
  replies["/change"] = () => patchOf([{ op: "add", path: "/data", value: "text" }]);
  assert.match(await refused(create()), /^500 Internal error occurred: json: cannot unmarshal string into Go/);
  replies["/change"] = () => patchOf([{ op: "remove", path: "/nothing" }]);
  assert.match(await refused(create()), /^500 Internal error occurred: .*[Uu]nable to remove nonexistent key/);
  replies["/change"] = () => patchOf([{ op: "replace", path: "/metadata/namespace", value: "kube-system" }]);
  assert.match(await refused(create()), /^400 the namespace of the provided object does not match/);
});

test("webhooks see what was changed before them, and run again when they wish", async () => {
  await configure(
    "mutating",
    webhook("/first", { reinvocationPolicy: "IfNeeded" }),
    webhook("/once"),
    webhook("/last"),
  );
  replies["/first"] = ({ object }) =>
    object.data?.last === undefined ? { allowed: true } : patchOf([{ op: "add", path: "/data/seen", value: "last" }]);
  replies["/last"] = () => patchOf([{ op: "add", path: "/data", value: { last: "x" } }]);
  const created = await create();
  assert.deepEqual(created.data, { last: "x", seen: "last" });
  assert.deepEqual(
    server.reviews.map(({ path }) => path),
    ["/first", "/once", "/last", "/first"],
  );
});

test("the plug-ins before a webhook see what it made", async () => {
  const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }];
  await configure("mutating", webhook("/sidecar", { rules }));
  replies["/sidecar"] = () =>
    patchOf([{ op: "add", path: "/spec/containers/-", value: { name: "side", image: "s:1" } }]);
  const { spec } = await client.resource(kinds.pods).create(pod("sided"));
  const [, side] = spec.containers;
  assert.equal(side.imagePullPolicy, "IfNotPresent");
  assert.equal(side.volumeMounts[0].mountPath, "/var/run/secrets/kubernetes.io/serviceaccount");
});

test("a webhook that cannot be asked refuses or is passed over", async () => {
  await configure("validating", webhook("/x", { clientConfig: { url: "https://127.0.0.1:1/x" } }));
  assert.equal(
    await refused(create()),
    '500 Internal error occurred: failed calling webhook "x.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
  );
  const update = (fields: JsonObject) =>
    client.resource(kinds.validatingWebhooks).patch("hooks", undefined, {
      type: "json",
      body: Object.entries(fields).map(([name, value]) => ({ op: "add", path: `/webhooks/0/${name}`, value })),
    });
  await update({ failurePolicy: "Ignore" });
  await create();
  await update({ failurePolicy: "Fail", clientConfig: { url: server.url("/x") } });
  assert.match(
    await refused(create()),
    /tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
  );
  await update({ clientConfig: { url: server.url("/x"), caBundle: server.caBundle }, timeoutSeconds: 1 });
  replies["/x"] = () => "never";
  assert.match(await refused(create()), /\?timeout=1s": context deadline exceeded$/);
  replies["/x"] = () => ({ raw: "oops", code: 500 });
  assert.match(await refused(create()), /an error on the server \("oops"\) has prevented the request from succeeding$/);
  replies["/x"] = () => ({ allowed: true, uid: "other" });
  assert.match(await refused(create()), /received invalid webhook response: expected response\.uid=".*", got "other"$/);
});

test("rules, selectors and conditions choose what a webhook is asked", async () => {
  await configure(
    "validating",
    webhook("/object", { objectSelector: { matchLabels: { checked: "yes" } } }),
    webhook("/namespace", { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }),
    webhook("/condition", {
      matchConditions: [
        { name: "named", expression: "has(object.data) && 'wanted' in object.data" },
        {
          name: "admin",
          expression: "request.userInfo.username == 'admin' && authorizer.requestResource.check('get').allowed()",
        },
      ],
    }),
    webhook("/all", {
      rules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["DELETE"], resources: ["*/*"] }],
    }),
  );
  const paths = () =>
    server.reviews
      .splice(0)
      .map(({ path }) => path)
      .sort();
  await create();
  assert.deepEqual(paths(), []);
  await create({ metadata: { labels: { checked: "yes" } }, data: { wanted: "1" } });
  assert.deepEqual(paths(), ["/condition", "/object"]);
  await create({ metadata: { namespace: "kube-system" } });
  assert.deepEqual(paths(), ["/namespace"]);
  await client.resource(kinds.configMaps).delete(`map-${count}`, "kube-system");
  const [deletion] = server.reviews;
  assert.equal(deletion!.body.request.object, null);
  assert.equal(deletion!.body.request.oldObject.metadata.name, `map-${count}`);
  await client.resource(kinds.validatingWebhooks).delete("hooks");
});

test("a condition that fails refuses the request", async () => {
  await configure(
    "validating",
    webhook("/c", { matchConditions: [{ name: "broken", expression: "object.nothing == 1" }] }),
  );
  assert.equal(
    await refused(create()),
    `403 configmaps "map-${count}" is forbidden: expression 'object.nothing == 1' resulted in error: no such key: nothing`,
  );
});

test("equivalent resources are converted", async () => {
  const rules = [{ apiGroups: ["autoscaling"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["*"] }];
  const hpa = {
    group: "autoscaling",
    version: "v2",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    namespaced: true,
  };
  const scaler = (name: string) =>
    make(hpa, name, {
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
    });
  await configure("validating", webhook("/equivalent", { rules }));
  await client.resource(hpa).create(scaler("one"));
  const { request } = server.reviews[0]!.body;
  assert.deepEqual(
    [request.kind.version, request.requestKind.version, request.object.apiVersion],
    ["v1", "v2", "autoscaling/v1"],
  );
  await client.resource(kinds.validatingWebhooks).deleteCollection({});
  server.reviews.length = 0;
  await configure("validating", webhook("/exact", { rules, matchPolicy: "Exact" }));
  await client.resource(hpa).create(scaler("two"));
  assert.equal(server.reviews.length, 0);
});

test("a service stands for its external name, and is named in the certificate", async () => {
  const spec = { type: "ExternalName", externalName: "localhost" };
  await client.resource(kinds.services).create(make(kinds.services, "hook", { spec }));
  const service = { namespace: "default", name: "hook", path: "/svc", port: server.port };
  await configure("validating", webhook("/svc", { clientConfig: { service, caBundle: server.caBundle } }));
  await create();
  assert.deepEqual(
    server.reviews.map(({ path }) => path),
    ["/svc"],
  );
  await client.resource(kinds.services).delete("hook", "default");
  const expected = `failed to call webhook: Post "https://hook.default.svc:${server.port}/svc?timeout=10s": service "hook" not found`;
  assert.ok((await refused(create())).endsWith(expected));
});

test("a dry run asks only webhooks without side effects", async () => {
  await configure("validating", webhook("/dry"));
  await create({}, { dryRun: true });
  assert.equal(server.reviews[0]!.body.request.dryRun, true);
});

test("an older review is spoken with webhooks that know no other", async () => {
  await configure("mutating", webhook("/old", { admissionReviewVersions: ["v1beta1"] }));
  replies["/old"] = () => ({
    allowed: true,
    patch: Buffer.from('[{"op":"add","path":"/data","value":{"a":"b"}}]').toString("base64"),
  });
  assert.deepEqual((await create()).data, { a: "b" });
  assert.equal(server.reviews[0]!.body.apiVersion, "admission.k8s.io/v1beta1");
});

test("configurations of webhooks are out of their own reach, and calls share connections", async () => {
  const rules = [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] }];
  await configure("validating", webhook("/all", { rules }));
  replies["/all"] = () => ({ allowed: false });
  await client.resource(kinds.validatingWebhooks).delete("hooks");
  assert.equal(server.reviews.length, 0);
  await configure("validating", webhook("/shared"));
  const before = server.connections();
  for (let call = 0; call < 5; call++) await create();
  assert.ok(server.connections() - before <= 1);
});
