// Objects come into being and are read back.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { api, expectObject, expectStatus, namespace, removeAfter, uniqueName } from "./support/api.ts";
import { configMap } from "./support/objects.ts";

describe("create and read", { concurrency: 8 }, () => {
  test("a created object is answered with 201 and all that the server added", async (t) => {
    const ns = await namespace(t);
    const object = expectObject(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, configMap("a", { key: "value" })),
      201,
    );
    assert.equal(object.kind, "ConfigMap");
    assert.equal(object.apiVersion, "v1");
    assert.equal(object.metadata.name, "a");
    assert.equal(object.metadata.namespace, ns);
    assert.match(object.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(object.metadata.resourceVersion, /^[1-9][0-9]*$/);
    assert.match(object.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(object.data, { key: "value" });
    assert.equal(object.metadata.selfLink, undefined);
  });

  test("what was created is read back as it was answered", async (t) => {
    const ns = await namespace(t);
    const created = await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a", { key: "value" }));
    assert.deepEqual(await api.read(`/api/v1/namespaces/${ns}/configmaps/a`), created);
  });

  test("a name that is taken is refused", async (t) => {
    const ns = await namespace(t);
    await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a"));
    const status = expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, configMap("a")),
      409,
      "AlreadyExists",
      'configmaps "a" already exists',
    );
    assert.deepEqual(status.details, { name: "a", kind: "configmaps" });
  });

  test("an absent object is not found", async (t) => {
    const ns = await namespace(t);
    const status = expectStatus(
      await api.get(`/apis/apps/v1/namespaces/${ns}/deployments/a`),
      404,
      "NotFound",
      'deployments.apps "a" not found',
    );
    assert.deepEqual(status.details, { name: "a", group: "apps", kind: "deployments" });
  });

  test("creating in a namespace that does not exist says that it is not found", async () => {
    const ns = uniqueName("absent");
    expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, configMap("a")),
      404,
      "NotFound",
      `namespaces "${ns}" not found`,
    );
  });

  test("the namespace of the body may be left out but not be another", async (t) => {
    const ns = await namespace(t);
    expectObject(await api.post(`/api/v1/namespaces/${ns}/configmaps`, configMap("a", {}, { namespace: ns })), 201);
    expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, configMap("b", {}, { namespace: "another" })),
      400,
      "BadRequest",
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  });

  test("generateName makes a name of the prefix and five random characters", async (t) => {
    const ns = await namespace(t);
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "made-" } };
    const first = await api.make(`/api/v1/namespaces/${ns}/configmaps`, body);
    const second = await api.make(`/api/v1/namespaces/${ns}/configmaps`, body);
    assert.match(first.metadata.name, /^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    assert.equal(first.metadata.generateName, "made-");
    assert.notEqual(first.metadata.name, second.metadata.name);
  });

  test("a long generateName is cut to leave room for the random part", async (t) => {
    const ns = await namespace(t);
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "a".repeat(80) } };
    const { metadata } = await api.make(`/api/v1/namespaces/${ns}/configmaps`, body);
    assert.match(metadata.name, /^a{58}[a-z0-9]{5}$/);
  });

  test("an object without a name is invalid", async (t) => {
    const ns = await namespace(t);
    const status = expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, { apiVersion: "v1", kind: "ConfigMap", metadata: {} }),
      422,
      "Invalid",
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    );
    assert.deepEqual(status.details, {
      kind: "ConfigMap",
      causes: [
        {
          reason: "FieldValueRequired",
          message: "Required value: name or generateName is required",
          field: "metadata.name",
        },
      ],
    });
  });

  test("a resourceVersion cannot be given to a new object", async (t) => {
    const ns = await namespace(t);
    expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, configMap("a", {}, { resourceVersion: "1" })),
      400,
      "BadRequest",
      "resourceVersion should not be set on objects to be created",
    );
  });

  test("metadata that only the server writes is not taken from the client", async (t) => {
    const ns = await namespace(t);
    const { metadata } = await api.make(
      `/api/v1/namespaces/${ns}/configmaps`,
      configMap(
        "a",
        {},
        {
          uid: "mine",
          creationTimestamp: "2001-01-01T00:00:00Z",
          deletionTimestamp: "2001-01-01T00:00:00Z",
          generation: 7,
          selfLink: "/mine",
        },
      ),
    );
    assert.notEqual(metadata.uid, "mine");
    assert.notEqual(metadata.creationTimestamp, "2001-01-01T00:00:00Z");
    assert.equal(metadata.deletionTimestamp, undefined);
    assert.equal(metadata.selfLink, undefined);
  });

  test("apiVersion and kind may be left out of the body where the path tells them", async (t) => {
    const ns = await namespace(t);
    const object = expectObject(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, { metadata: { name: "a" } }),
      201,
    );
    assert.equal(object.kind, "ConfigMap");
    assert.equal(object.apiVersion, "v1");
  });

  test("a body of another kind is refused", async (t) => {
    const ns = await namespace(t);
    expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "a" },
      }),
      400,
      "BadRequest",
      /cannot be handled as a ConfigMap/,
    );
  });

  test("cluster-scoped objects have no namespace", async (t) => {
    const name = uniqueName("conformance");
    removeAfter(t, `/apis/scheduling.k8s.io/v1/priorityclasses/${name}`);
    const object = await api.make("/apis/scheduling.k8s.io/v1/priorityclasses", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name },
      value: 5,
    });
    assert.equal(object.metadata.namespace, undefined);
    assert.equal(object.value, 5);
    expectStatus(
      await api.get(`/apis/scheduling.k8s.io/v1/namespaces/default/priorityclasses/${name}`),
      404,
      "NotFound",
    );
  });

  test("names follow the rules of their kind", async (t) => {
    const ns = await namespace(t);
    expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, configMap("Not_A_Name")),
      422,
      "Invalid",
      /^ConfigMap "Not_A_Name" is invalid: metadata\.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must consist of/,
    );
  });

  test("the answer carries an audit id and may not be cached", async () => {
    const { headers } = await api.get("/api/v1/namespaces/default");
    assert.match(headers["audit-id"] ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(headers["cache-control"], "no-cache, private");
    assert.equal(headers["content-type"], "application/json");
  });

  test("64-bit integers survive to the last digit", async (t) => {
    const ns = await namespace(t);
    const body = `{"metadata":{"name":"a"},"spec":{"suspend":true,"activeDeadlineSeconds":9007199254740993,
      "template":{"spec":{"restartPolicy":"Never","containers":[{"name":"main","image":"example"}]}}}}`;
    const created = await api.post(`/apis/batch/v1/namespaces/${ns}/jobs`, body);
    assert.equal(created.code, 201, created.text);
    const { text } = await api.get(`/apis/batch/v1/namespaces/${ns}/jobs/a`);
    assert.match(text, /"activeDeadlineSeconds":9007199254740993\b/);
  });

  test("pretty=true indents the answer", async () => {
    const { text } = await api.get("/api/v1/namespaces/default?pretty=true");
    assert.match(text, /^\{\n {2}"/);
    assert.match(text, /\n {2}"metadata": \{\n {4}"/);
    assert.doesNotMatch((await api.get("/api/v1/namespaces/default?pretty=false")).text.trimEnd(), /\n/);
  });

  test("a browser or curl is answered indented", async () => {
    const { text } = await api.get("/api/v1/namespaces/default", { headers: { "user-agent": "curl/8.0" } });
    assert.match(text, /^\{\n {2}"/);
  });

  test("YAML is answered to those who accept it", async () => {
    const answer = await api.get("/api/v1/namespaces/default", { accept: "application/yaml" });
    assert.equal(answer.headers["content-type"], "application/yaml");
    assert.equal(answer.yaml.metadata.name, "default");
  });

  test("a media type that nobody can give is not acceptable", async () => {
    expectStatus(
      await api.get("/api/v1/namespaces/default", { accept: "application/pdf" }),
      406,
      "NotAcceptable",
      /^only the following media types are accepted: application\/json, application\/yaml/,
    );
  });

  test("HTTP/1.1 and HTTP/2 give the same answers", async () => {
    const one = await api.connection.sendHttp1("GET", "/api/v1/namespaces/default");
    const two = await api.get("/api/v1/namespaces/default");
    assert.equal(one.code, 200);
    assert.deepEqual(one.json, two.json);
  });
});
