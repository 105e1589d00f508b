import assert from "node:assert/strict";
import { test } from "node:test";
import { deepCopy, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row } from "../validation/testing.ts";
import { mandatoryFlowControl, suggestedFlowControl } from "./bootstrap.ts";
import { flowSchemaKind } from "./flow-schema.ts";
import { priorityLevelConfigurationKind } from "./priority-level-configuration.ts";

const apiVersion = "flowcontrol.apiserver.k8s.io/v1";
const metadata = { name: "x" };
const rule = {
  subjects: [{ kind: "User", user: { name: "ada" } }],
  resourceRules: [{ verbs: ["get"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"] }],
};

function schema(spec: JsonObject = {}): KubeObject {
  const base = { priorityLevelConfiguration: { name: "system" }, rules: [rule] };
  return { apiVersion, kind: "FlowSchema", metadata, spec: { ...base, ...spec } };
}

function withRule(change: JsonObject): KubeObject {
  return schema({ rules: [{ ...rule, ...change }] });
}

function level(spec: JsonObject): KubeObject {
  return { apiVersion, kind: "PriorityLevelConfiguration", metadata, spec };
}

function queued(queuing: JsonObject): KubeObject {
  return level({ type: "Limited", limited: { limitResponse: { type: "Queue", queuing } } });
}

test("what a control plane starts with is valid, complete and changed by no default", () => {
  for (const { flowSchemas, priorityLevels } of [mandatoryFlowControl, suggestedFlowControl]) {
    for (const object of flowSchemas) {
      assert.deepEqual(createErrors(flowSchemaKind, object), [], object.metadata.name);
      assert.deepEqual(defaulted(flowSchemaKind, object), object);
    }
    for (const object of priorityLevels) {
      assert.deepEqual(createErrors(priorityLevelConfigurationKind, object), [], object.metadata.name);
      assert.deepEqual(defaulted(priorityLevelConfigurationKind, object), object);
    }
  }
  assert.equal(suggestedFlowControl.flowSchemas.length + suggestedFlowControl.priorityLevels.length, 17);
});

test("mandatory specs are fixed, but for the shares of exempt", () => {
  const [exempt, catchAll] = mandatoryFlowControl.priorityLevels.map(deepCopy) as [KubeObject, KubeObject];
  exempt.spec.exempt.nominalConcurrencyShares = 7;
  assert.deepEqual(createErrors(priorityLevelConfigurationKind, exempt), []);
  catchAll.spec.limited.nominalConcurrencyShares = 7;
  assert.match(createErrors(priorityLevelConfigurationKind, catchAll)[0] ?? "", /spec of 'catch-all' must equal/);
  const flow = deepCopy(mandatoryFlowControl.flowSchemas[1]) as KubeObject;
  flow.spec.matchingPrecedence = 9999;
  assert.match(createErrors(flowSchemaKind, flow)[0] ?? "", /spec of 'catch-all' must equal the fixed value$/);
});

test("what is wrong with a flow schema", () => {
  const cases: [KubeObject, string[]][] = [
    [schema(), []],
    [schema({ matchingPrecedence: -1 }), ["spec.matchingPrecedence: Invalid value: -1: must be a positive value"]],
    [
      schema({ matchingPrecedence: 1 }),
      ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
    ],
    [
      schema({ distinguisherMethod: { type: "X" } }),
      ['spec.distinguisherMethod.type: Unsupported value: {"type":"X"}: supported values: "ByNamespace", "ByUser"'],
    ],
    [
      schema({ priorityLevelConfiguration: {} }),
      ["spec.priorityLevelConfiguration.name: Required value: must reference a priority level"],
    ],
    [withRule({ subjects: [] }), ["spec.rules[0].subjects: Required value: subjects must contain at least one value"]],
    [
      withRule({ subjects: [{ kind: "User", group: { name: "g" } }] }),
      [
        "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
        "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      ],
    ],
    [
      withRule({ resourceRules: [] }),
      ["spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty"],
    ],
    [
      withRule({ resourceRules: [{ verbs: ["fly"], apiGroups: [""], resources: ["*", "pods"] }] }),
      [
        'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["fly"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
        'spec.rules[0].resourceRules[0].resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources',
        "spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace",
      ],
    ],
    [
      withRule({ nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/a*b", "/a/*", "a"] }] }),
      [
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*b": wildcard can only do suffix matching',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "a": must start with slash',
      ],
    ],
  ];
  for (const [object, expected] of cases) assert.deepEqual(createErrors(flowSchemaKind, object), expected);
});

test("what is wrong with a priority level", () => {
  const path = "spec.limited.limitResponse.queuing";
  const cases: [KubeObject, string[]][] = [
    [queued({}), []],
    [
      level({ type: "Exempt" }),
      ["spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'"],
    ],
    [level({ type: "Limited" }), ["spec.limited: Required value: must not be empty when type is Limited"]],
    [
      level({ type: "Limited", limited: { lendablePercent: 101, limitResponse: { type: "Reject", queuing: {} } } }),
      [
        "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
        `${path}: Forbidden: must be nil if limited.limitResponse.type is not Limited`,
      ],
    ],
    [queued({ queues: 4, handSize: 8 }), [`${path}.handSize: Invalid value: 8: should not be greater than queues (4)`]],
    [
      queued({ queues: 512, handSize: 8 }),
      [
        `${path}.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60`,
      ],
    ],
    [
      queued({ queues: 10_000_001 }),
      [
        `${path}.queues: Invalid value: 10000001: must not be greater than 10000000`,
        `${path}.handSize: Invalid value: 8: required entropy bits of deckSize 10000001 and handSize 8 should not be greater than 60`,
      ],
    ],
  ];
  for (const [object, expected] of cases) {
    assert.deepEqual(createErrors(priorityLevelConfigurationKind, object), expected);
  }
});

test("columns", () => {
  const flow = row(flowSchemaKind, defaulted(flowSchemaKind, schema()));
  const { Age: _, ...cells } = flow;
  assert.deepEqual(cells, {
    PriorityLevel: "system",
    MatchingPrecedence: "1000",
    DistinguisherMethod: "<none>",
    MissingPL: "?",
  });
  const { Age: __, ...numbers } = row(
    priorityLevelConfigurationKind,
    defaulted(priorityLevelConfigurationKind, queued({})),
  );
  assert.deepEqual(numbers, {
    Type: "Limited",
    NominalConcurrencyShares: "30",
    Queues: "64",
    HandSize: "8",
    QueueLengthLimit: "50",
  });
});
