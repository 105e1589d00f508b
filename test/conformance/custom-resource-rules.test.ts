// Validation rules in CEL: on values, on changes, with messages, within bounds.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, expectObject, expectStatus, namespace } from "./support/api.ts";
import { defineKind, definition, definitions, uniqueGroup } from "./support/definitions.ts";

const ruled = (properties: JsonObject, ...rules: JsonObject[]): JsonObject => ({
  type: "object",
  properties,
  "x-kubernetes-validations": rules,
});

describe("rules of custom resources", { concurrency: 8 }, () => {
  test("a rule that fails says its message and its place", async (t) => {
    const kind = await defineKind(t, {
      spec: ruled(
        { min: { type: "integer" }, max: { type: "integer" } },
        { rule: "self.min <= self.max", message: "min is at most max" },
      ),
    });
    const path = kind.path(await namespace(t));
    expectObject(await api.post(path, kind.widget("a", { min: 1, max: 2 })), 201);
    const status = expectStatus(
      await api.post(path, kind.widget("b", { min: 3, max: 2 })),
      422,
      "Invalid",
      /spec: Invalid value: ("object": )?min is at most max$/,
    );
    assert.equal(status.details.causes[0].field, "spec");
    assert.equal(status.details.causes[0].reason, "FieldValueInvalid");
  });

  test("a rule without a message shows itself", async (t) => {
    const kind = await defineKind(t, { spec: ruled({ size: { type: "integer" } }, { rule: "self.size > 0" }) });
    expectStatus(
      await api.post(kind.path(await namespace(t)), kind.widget("a", { size: 0 })),
      422,
      "Invalid",
      /failed rule: self\.size > 0$/,
    );
  });

  test("a message can be computed, and reason and field be chosen", async (t) => {
    const kind = await defineKind(t, {
      spec: ruled(
        { size: { type: "integer" }, limit: { type: "integer" } },
        {
          rule: "self.size <= self.limit",
          messageExpression: "'size ' + string(self.size) + ' is over ' + string(self.limit)",
          reason: "FieldValueForbidden",
          fieldPath: ".size",
        },
      ),
    });
    const status = expectStatus(
      await api.post(kind.path(await namespace(t)), kind.widget("a", { size: 7, limit: 5 })),
      422,
      "Invalid",
    );
    assert.deepEqual(status.details.causes, [
      { reason: "FieldValueForbidden", message: "Forbidden: size 7 is over 5", field: "spec.size" },
    ]);
  });

  test("transition rules compare with the old object, on updates only", async (t) => {
    const kind = await defineKind(t, {
      spec: ruled(
        {
          id: {
            type: "string",
            maxLength: 50,
            "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "id is immutable" }],
          },
          size: { type: "integer" },
        },
        { rule: "self.size >= oldSelf.size", message: "size only grows" },
      ),
    });
    const path = kind.path(await namespace(t));
    await api.make(path, kind.widget("a", { id: "x", size: 2 }));
    expectObject(await api.patch(`${path}/a`, "merge", { spec: { size: 3 } }));
    expectStatus(await api.patch(`${path}/a`, "merge", { spec: { size: 1 } }), 422, "Invalid", /size only grows/);
    expectStatus(
      await api.patch(`${path}/a`, "merge", { spec: { id: "y" } }),
      422,
      "Invalid",
      /spec\.id: Invalid value: "(y|string)": id is immutable/,
    );
  });

  test("what does not change is not validated again", async (t) => {
    const kind = await defineKind(t, {
      spec: { type: "object", properties: { size: { type: "integer" }, note: { type: "string" } } },
    });
    const path = kind.path(await namespace(t));
    await api.make(path, kind.widget("a", { size: -1 }));
    expectObject(
      await api.patch(`${definitions}/${kind.definition}`, "json", [
        {
          op: "add",
          path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/x-kubernetes-validations",
          value: [{ rule: "self >= 0", message: "size is not negative" }],
        },
      ]),
    );
    const deadline = Date.now() + 10_000;
    let code = 201;
    for (let index = 0; code === 201 && Date.now() < deadline; index++) {
      code = (await api.post(`${path}?dryRun=All`, kind.widget(`b${index}`, { size: -1 }))).code;
    }
    assert.equal(code, 422);
    expectObject(await api.patch(`${path}/a`, "merge", { spec: { note: "changed" } }));
    expectStatus(await api.patch(`${path}/a`, "merge", { spec: { size: -2 } }), 422, "Invalid", /size is not negative/);
  });

  test("rules see lists, maps, strings, optionals and the libraries of Kubernetes", async (t) => {
    const text = { type: "string", maxLength: 64 };
    const kind = await defineKind(t, {
      spec: ruled(
        {
          names: { type: "array", maxItems: 10, items: text },
          labels: { type: "object", maxProperties: 10, additionalProperties: text },
          url: text,
          size: text,
          cidr: text,
          extra: text,
        },
        { rule: "self.names.all(n, n.startsWith('a')) && self.names.isSorted()", message: "names" },
        { rule: "'owner' in self.labels && self.labels.owner.matches('^[a-z]+$')", message: "labels" },
        { rule: "url(self.url).getScheme() == 'https'", message: "url" },
        { rule: "quantity(self.size).isGreaterThan(quantity('1Mi'))", message: "size" },
        { rule: "cidr(self.cidr).containsIP('10.0.0.7')", message: "cidr" },
        { rule: "!has(self.extra) || self.?extra.orValue('') != ''", message: "extra" },
      ),
    });
    const path = kind.path(await namespace(t));
    const good = { names: ["aa", "ab"], labels: { owner: "me" }, url: "https://x", size: "1Gi", cidr: "10.0.0.0/24" };
    expectObject(await api.post(path, kind.widget("good", good)), 201);
    for (const [message, change] of Object.entries({
      names: { names: ["ab", "aa"] },
      labels: { labels: { owner: "ME" } },
      url: { url: "http://x" },
      size: { size: "1Ki" },
      cidr: { cidr: "10.1.0.0/24" },
      extra: { extra: "" },
    })) {
      expectStatus(
        await api.post(path, kind.widget("bad", { ...good, ...change })),
        422,
        "Invalid",
        new RegExp(`: ${message}$`),
      );
    }
  });

  test("a rule that is no CEL, or of the wrong type, is refused with its place", async () => {
    const refused = async (rule: JsonObject, message: RegExp) => {
      const object = definition(uniqueGroup(), { spec: ruled({ size: { type: "integer" } }, rule) });
      const status = expectStatus(await api.post(definitions, object), 422, "Invalid", message);
      assert.match(
        status.details.causes[0].field,
        /openAPIV3Schema\.properties\[spec\]\.x-kubernetes-validations\[0\]\.(rule|messageExpression)$/,
      );
    };
    await refused({ rule: "self.size >" }, /compilation failed: ERROR: <input>:1:\d+: Syntax error/);
    await refused({ rule: "self.size" }, /must evaluate to a bool/);
    await refused({ rule: "self.nothing > 1" }, /undefined field 'nothing'/);
    await refused({ rule: "self.size > 'x'" }, /found no matching overload for '_>_' applied to '\(int, string\)'/);
    await refused({ rule: "true", messageExpression: "1" }, /must evaluate to a string/);
  });

  test("a rule that could cost too much is refused when it is written", async () => {
    const object = definition(uniqueGroup(), {
      spec: ruled(
        { list: { type: "array", items: { type: "array", items: { type: "string" } } } },
        { rule: "self.list.all(a, a.all(b, self.list.all(c, c.all(d, d != b))))" },
      ),
    });
    expectStatus(
      await api.post(definitions, object),
      422,
      "Invalid",
      /(exceeds|exceeded) (budget|the cost limit|.*budget) by factor of/,
    );
  });

  test("rules on the object itself see its name", async (t) => {
    const group = uniqueGroup();
    const object = definition(group, { spec: { type: "object", properties: { owner: { type: "string" } } } });
    object.spec.versions[0].schema.openAPIV3Schema["x-kubernetes-validations"] = [
      { rule: "self.metadata.name.startsWith(self.spec.owner)", message: "is named after its owner" },
    ];
    await api.make(definitions, object);
    t.after(() => api.delete(`${definitions}/${object.metadata.name}`));
    const ns = await namespace(t);
    const widget = (name: string) => ({
      apiVersion: `${group}/v1`,
      kind: "Widget",
      metadata: { name },
      spec: { owner: "me" },
    });
    const path = `/apis/${group}/v1/namespaces/${ns}/widgets`;
    const deadline = Date.now() + 10_000;
    let answer = await api.post(path, widget("me-1"));
    while (answer.code === 404 && Date.now() < deadline) answer = await api.post(path, widget("me-1"));
    expectObject(answer, 201);
    expectStatus(await api.post(path, widget("you-1")), 422, "Invalid", /is named after its owner/);
  });
});
