// Admission webhooks: another server changes or refuses what is written.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
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
import { callsBack, listen, listenForJson } from "./support/https-listener.ts";
import { configMap } from "./support/objects.ts";

const configurations = "/apis/admissionregistration.k8s.io/v1";

interface Webhook {
  kind: "Mutating" | "Validating";
  url: string;
  caBundle: string;
  /** More of the webhook. */
  more?: JsonObject;
  rules?: JsonObject[];
}

/** Registers a webhook for the config maps of one namespace; `probe` runs until it is seen to be called. */
async function register(t: TestContext, ns: string, { kind, url, caBundle, more, rules }: Webhook): Promise<string> {
  const name = `${uniqueName("hook")}.example.com`;
  const path = `${configurations}/${kind.toLowerCase()}webhookconfigurations`;
  removeAfter(t, `${path}/${name}`);
  await api.make(path, {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig: { url, caBundle },
        rules: rules ?? [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            resources: ["configmaps"],
            operations: ["CREATE", "UPDATE", "DELETE"],
          },
        ],
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": ns } },
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        timeoutSeconds: 5,
        ...more,
      },
    ],
  });
  return name;
}

const answer = (review: JsonObject, response: JsonObject): JsonObject => ({
  apiVersion: review.apiVersion,
  kind: review.kind,
  response: { uid: review.request.uid, allowed: true, ...response },
});

const patch = (...operations: JsonObject[]): JsonObject => ({
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});

const label = (key: string, value: string): JsonObject => ({ op: "add", path: `/metadata/labels/${key}`, value });
const labelled = (name: string, data = {}) => configMap(name, data, { labels: { probe: "yes" } });

/** Creates dry until the answer shows that the webhook is at work. */
const atWork = (path: string, shows: (code: number, body: JsonObject) => boolean) =>
  eventually(async () => {
    const { code, json } = await api.post(`${path}?dryRun=All`, labelled(uniqueName("probe")));
    assert.ok(shows(code, json), JSON.stringify(json));
  });

describe("admission webhooks", { concurrency: 4, ...ownServerOnly(callsBack) }, () => {
  test("a mutating webhook changes what is stored", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    const listener = await listenForJson(t, (review) => answer(review, patch(label("by", "hook"))));
    await register(t, ns, { kind: "Mutating", ...listener });
    await atWork(path, (_, { metadata }) => metadata?.labels?.by === "hook");
    await api.make(path, labelled("a"));
    assert.equal((await api.read(`${path}/a`)).metadata.labels.by, "hook");
  });

  test("a webhook is told who does what to which object", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    const seen: JsonObject[] = [];
    const listener = await listenForJson(t, (review) => {
      seen.push(review);
      return answer(review, {});
    });
    await register(t, ns, { kind: "Validating", ...listener });
    await atWork(path, () => seen.length > 0);
    await api.make(path, labelled("a", { one: "1" }));
    const created = seen.find(({ request }) => request.name === "a" && request.operation === "CREATE")!;
    assert.equal(created.apiVersion, "admission.k8s.io/v1");
    assert.equal(created.kind, "AdmissionReview");
    const { request } = created;
    assert.match(request.uid, /^[0-9a-f-]{36}$/);
    assert.deepEqual(request.kind, { group: "", version: "v1", kind: "ConfigMap" });
    assert.deepEqual(request.resource, { group: "", version: "v1", resource: "configmaps" });
    assert.deepEqual(request.requestKind, request.kind);
    assert.equal(request.namespace, ns);
    assert.equal(request.dryRun, false);
    assert.ok(request.userInfo.username);
    assert.ok(request.userInfo.groups.includes("system:authenticated"));
    assert.deepEqual(request.object.data, { one: "1" });
    assert.equal(request.oldObject, null);
    assert.equal(request.options.kind, "CreateOptions");

    expectObject(await api.patch(`${path}/a`, "merge", { data: { one: "2" } }));
    const updated = seen.find(({ request: { operation } }) => operation === "UPDATE")!.request;
    assert.equal(updated.object.data.one, "2");
    assert.equal(updated.oldObject.data.one, "1");
    expectObject(await api.delete(`${path}/a`));
    const deleted = seen.find(({ request: { operation } }) => operation === "DELETE")!.request;
    assert.equal(deleted.object, null);
    assert.equal(deleted.oldObject.data.one, "2");
  });

  test("a validating webhook refuses with its own code and words", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    const listener = await listenForJson(t, (review) =>
      answer(
        review,
        review.request.object?.data?.bad
          ? { allowed: false, status: { code: 418, message: "no bad things", reason: "Teapot" } }
          : { warnings: ["be careful"] },
      ),
    );
    const name = await register(t, ns, { kind: "Validating", ...listener });
    await atWork(path, (code) => code === 201);
    const refused = await eventually(async () => {
      const answered = await api.post(path, labelled("a", { bad: "yes" }));
      assert.equal(answered.code, 418, answered.text);
      return answered;
    });
    assert.equal(refused.json.message, `admission webhook "${name}" denied the request: no bad things`);
    assert.equal(refused.json.reason, "Teapot");
    const warned = await api.post(path, labelled("b"));
    expectObject(warned, 201);
    assert.deepEqual(warned.warnings, ["be careful"]);
  });

  test("without a code a refusal is 400", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    const listener = await listenForJson(t, (review) => answer(review, { allowed: false }));
    const name = await register(t, ns, { kind: "Validating", ...listener });
    await eventually(async () => {
      const { code, json } = await api.post(path, labelled("a"));
      assert.equal(code, 400);
      assert.equal(json.message, `admission webhook "${name}" denied the request without explanation`);
      assert.equal(json.status, "Failure");
      assert.equal(json.reason, undefined);
    });
  });

  test("a webhook that does not answer fails the request, or is passed over, as its policy says", async (t) => {
    const [strict, lenient] = [await namespace(t), await namespace(t)];
    const listener = await listen(t, (_request, _body, response) => {
      response.writeHead(500);
      response.end("broken");
    });
    const name = await register(t, strict, { kind: "Validating", ...listener, more: { failurePolicy: "Fail" } });
    await register(t, lenient, { kind: "Validating", ...listener, more: { failurePolicy: "Ignore" } });
    await eventually(async () =>
      expectStatus(
        await api.post(`/api/v1/namespaces/${strict}/configmaps`, labelled("a")),
        500,
        "InternalError",
        new RegExp(`^Internal error occurred: failed calling webhook "${name}": `),
      ),
    );
    expectObject(await api.post(`/api/v1/namespaces/${lenient}/configmaps`, labelled("a")), 201);
  });

  test("a webhook that is slower than its timeout fails", async (t) => {
    const ns = await namespace(t);
    const listener = await listen(t, () => undefined);
    await register(t, ns, { kind: "Validating", ...listener, more: { timeoutSeconds: 1 } });
    await eventually(async () =>
      expectStatus(
        await api.post(`/api/v1/namespaces/${ns}/configmaps`, labelled("a")),
        500,
        "InternalError",
        /context deadline exceeded|Client\.Timeout|deadline/,
      ),
    );
  });

  test("a certificate that the bundle does not vouch for is not trusted", async (t) => {
    const ns = await namespace(t);
    const [listener, other] = [
      await listenForJson(t, (review) => answer(review, {})),
      await listenForJson(t, () => null),
    ];
    await register(t, ns, { kind: "Validating", url: listener.url, caBundle: other.caBundle });
    await eventually(async () =>
      expectStatus(
        await api.post(`/api/v1/namespaces/${ns}/configmaps`, labelled("a")),
        500,
        "InternalError",
        /x509: |certificate/,
      ),
    );
  });

  test("a webhook can be a service of the cluster", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    const paths: string[] = [];
    const listener = await listenForJson(t, (review, requested) => {
      paths.push(requested);
      return answer(review, patch(label("by", "service")));
    });
    const name = uniqueName("hook");
    removeAfter(t, "/api/v1/namespaces/conformance/services/listener");
    await api.post("/api/v1/namespaces", { metadata: { name: "conformance" } });
    t.after(() => api.delete("/api/v1/namespaces/conformance"));
    await api.make("/api/v1/namespaces/conformance/services", {
      metadata: { name: "listener" },
      spec: { type: "ExternalName", externalName: "localhost" },
    });
    const service = { namespace: "conformance", name: "listener", path: "/mutate", port: listener.port };
    await register(t, ns, {
      kind: "Mutating",
      ...listener,
      more: { name: `${name}.example.com`, clientConfig: { service, caBundle: listener.caBundle } },
    });
    await atWork(path, (_, { metadata }) => metadata?.labels?.by === "service");
    assert.match(paths[0]!, /^\/mutate(\?timeout=5s)?$/);
  });

  test("match conditions and object selectors keep requests from a webhook", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    const listener = await listenForJson(t, (review) => answer(review, patch(label("by", "hook"))));
    await register(t, ns, {
      kind: "Mutating",
      ...listener,
      more: {
        objectSelector: { matchExpressions: [{ key: "skip", operator: "DoesNotExist" }] },
        matchConditions: [{ name: "not-mine", expression: "object.metadata.name != 'mine'" }],
      },
    });
    await atWork(path, (_, { metadata }) => metadata?.labels?.by === "hook");
    assert.equal((await api.make(path, labelled("mine"))).metadata.labels.by, undefined);
    assert.equal((await api.make(path, configMap("a", {}, { labels: { skip: "" } }))).metadata.labels.by, undefined);
  });

  test("a dry run reaches no webhook that has side effects", async (t) => {
    const ns = await namespace(t);
    const listener = await listenForJson(t, (review) => answer(review, {}));
    const name = await register(t, ns, { kind: "Validating", ...listener, more: { sideEffects: "NoneOnDryRun" } });
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    expectObject(await api.post(`${path}?dryRun=All`, labelled("a")), 201);
    const configuration = `${configurations}/validatingwebhookconfigurations`;
    const answered = await api.patch(`${configuration}/${name}`, "json", [
      { op: "replace", path: "/webhooks/0/sideEffects", value: "Some" },
    ]);
    expectStatus(answered, 422, "Invalid", /sideEffects: Unsupported value: "Some"/);
  });

  test("a webhook is asked again when a later one changed the object", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    const first = await listenForJson(t, (review) => {
      const { labels } = review.request.object.metadata;
      return answer(review, patch(label("first", labels.second === undefined ? "once" : "again")));
    });
    const second = await listenForJson(t, (review) => answer(review, patch(label("second", "yes"))));
    // Configurations are asked in the order of their names.
    const name = uniqueName("chain");
    removeAfter(t, `${configurations}/mutatingwebhookconfigurations/${name}`);
    const hook = (hookName: string, { url, caBundle }: { url: string; caBundle: string }, more: JsonObject = {}) => ({
      name: `${hookName}.example.com`,
      clientConfig: { url, caBundle },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] }],
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": ns } },
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      ...more,
    });
    await api.make(`${configurations}/mutatingwebhookconfigurations`, {
      metadata: { name },
      webhooks: [hook("first", first, { reinvocationPolicy: "IfNeeded" }), hook("second", second)],
    });
    await atWork(path, (_, { metadata }) => metadata?.labels?.second === "yes");
    assert.equal((await api.make(path, labelled("a"))).metadata.labels.first, "again");
  });

  test("what a webhook makes of an object is validated", async (t) => {
    const ns = await namespace(t);
    const listener = await listenForJson(t, (review) => answer(review, patch(label("by", "not a label!"))));
    await register(t, ns, { kind: "Mutating", ...listener });
    await eventually(async () =>
      expectStatus(
        await api.post(`/api/v1/namespaces/${ns}/configmaps`, labelled("a")),
        422,
        "Invalid",
        /metadata\.labels: Invalid value: "not a label!"/,
      ),
    );
  });

  test("webhooks are not asked about webhooks", async (t) => {
    const ns = await namespace(t);
    const listener = await listenForJson(t, (review) => answer(review, { allowed: false }));
    const name = await register(t, ns, {
      kind: "Validating",
      ...listener,
      rules: [{ apiGroups: ["admissionregistration.k8s.io"], apiVersions: ["*"], resources: ["*"], operations: ["*"] }],
      more: { namespaceSelector: {} },
    });
    expectObject(
      await api.patch(`${configurations}/validatingwebhookconfigurations/${name}`, "merge", {
        metadata: { labels: { still: "free" } },
      }),
    );
  });
});

describe("webhook configurations", { concurrency: 4 }, () => {
  test("a configuration says what is wrong with it", async () => {
    const send = (webhook: JsonObject) =>
      api.post(`${configurations}/validatingwebhookconfigurations?dryRun=All`, {
        metadata: { name: uniqueName("hook") },
        webhooks: [webhook],
      });
    const good: JsonObject = {
      name: "a.example.com",
      clientConfig: { url: "https://example.com" },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }],
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
    };
    const { webhooks } = expectObject(await send(good), 201);
    assert.equal(webhooks[0].failurePolicy, "Fail");
    assert.equal(webhooks[0].matchPolicy, "Equivalent");
    assert.equal(webhooks[0].timeoutSeconds, 10);
    assert.equal(webhooks[0].rules[0].scope, "*");
    expectStatus(
      await send({ ...good, name: "short" }),
      422,
      "Invalid",
      /webhooks\[0\]\.name: Invalid value: "short": should be a domain with at least three segments separated by dots/,
    );
    expectStatus(
      await send({ ...good, clientConfig: { url: "http://example.com" } }),
      422,
      "Invalid",
      /clientConfig\.url: Invalid value: "http": 'https' is the only allowed URL scheme/,
    );
    expectStatus(
      await send({ ...good, clientConfig: {} }),
      422,
      "Invalid",
      /exactly one of url or service is required/,
    );
    expectStatus(
      await send({ ...good, timeoutSeconds: 31 }),
      422,
      "Invalid",
      /the timeout value must be between 1 and 30 seconds/,
    );
    expectStatus(
      await send({ ...good, admissionReviewVersions: ["v9"] }),
      422,
      "Invalid",
      /must include at least one of v1, v1beta1/,
    );
    expectStatus(
      await send({ ...good, matchConditions: [{ name: "x", expression: "1 +" }] }),
      422,
      "Invalid",
      /compilation failed/,
    );
  });
});
