import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../object.ts";
import type { Schema } from "../schema/schema.ts";
import { type CelCompilation, type CelType, compileCel } from "./index.ts";

// Rules as people write them for custom resources: each with what it gives on one object.

const schema: Schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        replicas: { type: "integer" },
        maxReplicas: { type: "integer" },
        weight: { type: "number" },
        mode: { type: "string", enum: ["Auto", "Manual"] },
        port: { "x-kubernetes-int-or-string": true },
        names: { type: "array", items: { type: "string" } },
        tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        ports: {
          type: "array",
          items: { type: "object", properties: { name: { type: "string" }, port: { type: "integer" } } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
        },
        labels: { type: "object", additionalProperties: { type: "string" } },
        data: { type: "string", format: "byte" },
        start: { type: "string", format: "date-time" },
        day: { type: "string", format: "date" },
        timeout: { type: "string", format: "duration" },
        memory: { type: "string" },
        namespace: { type: "string" },
        "x-y.z/w__v": { type: "string" },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        anything: { "x-kubernetes-preserve-unknown-fields": true },
        template: { type: "object", "x-kubernetes-embedded-resource": true },
        big: { type: "integer", format: "int64" },
      },
    },
  },
};

const self: JsonObject = {
  apiVersion: "example.com/v1",
  kind: "Thing",
  metadata: { name: "one", labels: { a: "b" } },
  spec: {
    replicas: 3,
    maxReplicas: 5,
    weight: 2,
    mode: "Auto",
    port: 80,
    names: ["a", "b"],
    tags: ["x", "y"],
    ports: [
      { name: "http", port: 80 },
      { name: "https", port: 443 },
    ],
    labels: { app: "web", tier: "front" },
    data: "aGVsbG8=",
    start: "2024-01-02T03:04:05Z",
    day: "2024-01-02",
    timeout: "90s",
    memory: "1Gi",
    namespace: "default",
    "x-y.z/w__v": "escaped",
    free: { a: 1 },
    anything: [1],
    template: { apiVersion: "v1", kind: "Pod", metadata: { name: "p" } },
    big: JSON.rawJSON("9007199254740993"),
  },
};

function compile(expression: string, variables?: Record<string, CelType>): CelCompilation {
  return compileCel(expression, { variables: variables ?? { self: { type: "schema", schema, resource: true } } });
}

/** The value of an expression; failures as text. */
function evaluate(
  expression: string,
  variables?: Record<string, CelType>,
  values: Record<string, unknown> = { self },
): unknown {
  const compiled = compile(expression, variables);
  if (!compiled.ok) return compiled.errors.join("\n");
  const result = compiled.program.evaluate(values, { remaining: 10_000_000 });
  return result.ok ? result.value : `${result.cause}: ${result.error}`;
}

function verify(table: Record<string, unknown>): void {
  for (const [expression, expected] of Object.entries(table))
    assert.deepEqual(evaluate(expression), expected, expression);
}

/** Every expression of a list gives true. */
function verifyTrue(expressions: string[]): void {
  for (const expression of expressions) assert.equal(evaluate(expression), true, expression);
}

test("values have the types of their schema", () => {
  verifyTrue([
    "self.spec.replicas <= self.spec.maxReplicas",
    "type(self.spec.weight) == double && self.spec.weight == 2.0",
    "self.spec.weight < 3",
    "self.spec.mode in ['Auto', 'Manual']",
    "type(self.spec.port) == int && self.spec.port == 80",
    "self.spec.data == b'hello'",
    "self.spec.start < timestamp('2025-01-01T00:00:00Z') && self.spec.start.getMonth() == 0",
    "self.spec.day == timestamp('2024-01-02T00:00:00Z')",
    "self.spec.timeout == duration('1m30s')",
    "self.spec.__namespace__ == 'default'",
    "self.spec.x__dash__y__dot__z__slash__w__underscores__v == 'escaped'",
    "self.spec.`x-y.z/w__v` == 'escaped'",
    "self.spec.big == 9007199254740993",
    "self.metadata.name == 'one' && self.kind == 'Thing'",
    "self.spec.template.metadata.name == 'p'",
    "has(self.spec.labels.app) && !has(self.spec.labels.other) && !has(self.metadata.generateName)",
    "'app' in self.spec.labels && self.spec.labels['tier'] == 'front'",
    "self.spec.labels.all(k, k.size() > 2) && self.spec.labels.exists(k, v, k == 'app' && v == 'web')",
  ]);
  assert.equal(JSON.stringify(evaluate("self.spec.big + 1")), "9007199254740994");
});

test("sets and maps are compared without order and joined by identity", () => {
  verifyTrue([
    "self.spec.tags == ['y', 'x']",
    "self.spec.names != ['b', 'a']",
    "(self.spec.tags + ['y', 'z']) == ['z', 'x', 'y']",
    "(self.spec.tags + ['y', 'z']).size() == 3",
    "self.spec.names + ['a'] == ['a', 'b', 'a']",
    "self.spec.ports + self.spec.ports == self.spec.ports",
    "self.spec.ports.exists_one(p, p.name == 'http')",
  ]);
});

test("optional values, two-variable comprehensions and bindings", () => {
  verify({
    "self.spec.?mode.orValue('none')": "Auto",
    "self.spec.labels[?'zone'].orValue('none')": "none",
    "self.spec.?labels.?app.hasValue()": true,
    "optional.of(1).or(optional.of(1 / 0)).value()": 1,
    "optional.none().orValue(2)": 2,
    "optional.ofNonZeroValue('').hasValue()": false,
    "optional.of(2).optMap(x, x * 2).value()": 4,
    "optional.of(2).optFlatMap(x, optional.none()).hasValue()": false,
    "[?self.spec.labels[?'app'], ?self.spec.labels[?'zone']]": ["web"],
    "{?'a': self.spec.labels[?'app'], ?'b': self.spec.labels[?'zone']}": { a: "web" },
    "optional.none().value()": "evaluation: optional.none() dereference",
    "self.spec.names.all(i, v, i < 2 && v != '')": true,
    "self.spec.names.existsOne(i, v, v == 'b')": true,
    "self.spec.names.transformList(i, v, i > 0, v + v)": ["bb"],
    "self.spec.labels.transformMap(k, v, k + '=' + v)": { app: "app=web", tier: "tier=front" },
    "self.spec.labels.transformMapEntry(k, v, {v: k})": { web: "app", front: "tier" },
    "cel.bind(n, self.spec.names, n + n)": ["a", "b", "a", "b"],
  });
});

test("a variable may be absent", () => {
  const variables: Record<string, CelType> = { oldSelf: { type: "schema", schema, resource: true, optional: true } };
  const rule = "!oldSelf.hasValue() || oldSelf.value().spec.replicas == 3";
  assert.equal(evaluate(rule, variables, {}), true);
  assert.equal(evaluate(rule, variables, { oldSelf: self }), true);
  assert.equal(evaluate("oldSelf.?spec.?mode.orValue('none')", variables, {}), "none");
});

test("libraries of strings, lists, sets and patterns", () => {
  verify({
    "'hello'.charAt(1)": "e",
    "'hello'.indexOf('l') + 'hello'.lastIndexOf('l')": 5,
    "'a😀b'.size()": 3,
    "'a😀b'.substring(1, 2)": "😀",
    "'HeLLo'.lowerAscii() + 'x'.upperAscii()": "helloX",
    "'a,b,c'.split(',', 2)": ["a", "b,c"],
    "['a', 'b'].join('-')": "a-b",
    "' x '.trim()": "x",
    "'abc'.replace('b', 'x')": "axc",
    "'%s has %d of %.2f'.format(['a', 2, 1.005])": "a has 2 of 1.00",
    "strings.quote('a\"b')": '"a\\"b"',
    "[1, 2, 3].isSorted() && !['b', 'a'].isSorted()": true,
    "[1, 2, 3].sum()": 6,
    "[3, 1].min() + [3, 1].max()": 4,
    "[].sum() == 0": true,
    "[1, 2, 1].indexOf(1) + [1, 2, 1].lastIndexOf(1)": 2,
    "sets.contains([1, 2], [2])": true,
    "sets.equivalent([1, 2], [2, 1, 1])": true,
    "sets.intersects([1], [2])": false,
    "'abc 123'.find('[0-9]+')": "123",
    "'1 22 333'.findAll('[0-9]+', 2)": ["1", "22"],
    "'abc'.matches('^[a-z]+$')": true,
    "[1, 2].max() > 1.5": true,
  });
});

test("libraries of URLs, quantities, addresses, formats and versions", () => {
  verifyTrue([
    "isURL('https://a.example:8080/b?c=d') && !isURL('a b')",
    "url('https://[::1]:8080/p%20q?k=1&k=2').getHostname() == '::1'",
    "url('https://a.example:8080/b').getHost() == 'a.example:8080' && url('https://a:80').getPort() == '80'",
    "url('https://a/b?k=1&k=2').getQuery() == {'k': ['1', '2']}",
    "url('/path').getScheme() == '' && url('/path').getEscapedPath() == '/path'",
    "quantity(self.spec.memory).isGreaterThan(quantity('512Mi'))",
    "quantity('1.5k').asInteger() == 1500 && !quantity('1.5').isInteger()",
    "quantity('1').add(quantity('500m')).sub(1).compareTo(quantity('0.5')) == 0",
    "quantity('-1').sign() == -1 && quantity('1Ki').asApproximateFloat() == 1024.0",
    "isQuantity('1Gi') && !isQuantity('1 Gi')",
    "ip('127.0.0.1').isLoopback() && ip('::1').family() == 6 && !isIP('1.2.3')",
    "ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:0db8::1')",
    "!isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0') && string(ip('1.2.3.4')) == '1.2.3.4'",
    "cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))",
    "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
    "cidr('10.1.2.3/8').ip() == ip('10.1.2.3') && cidr('::/0').prefixLength() == 0 && !isCIDR('10.0.0.0/33')",
    "ip('224.0.0.1').isLinkLocalMulticast() && ip('8.8.8.8').isGlobalUnicast() && ip('0.0.0.0').isUnspecified()",
    "!format.dns1123Label().validate('ok-name').hasValue()",
    "format.dns1123Label().validate('NO').value()[0].startsWith('a lowercase RFC 1123 label')",
    "format.named('labelValue').value().validate('a b').hasValue() && !format.named('other').hasValue()",
    "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v1.0', true).major() == 1",
    "semver('1.0.0-alpha.1').compareTo(semver('1.0.0')) == -1 && !isSemver('1.0')",
    "type(ip('::1')) == net.IP && type(quantity('1')) == kubernetes.Quantity",
  ]);
});

test("the authorizer is asked with what the expression says", () => {
  const asked: unknown[] = [];
  const authorizer = {
    check(request: { verb: string }) {
      asked.push(request);
      return { allowed: request.verb === "get", reason: "because" };
    },
  };
  const variables: Record<string, CelType> = {
    authorizer: { type: "authorizer" },
    "authorizer.requestResource": { type: "resourceCheck" },
  };
  const values = {
    authorizer,
    "authorizer.requestResource": { authorizer, group: "apps", resource: "deployments", name: "d" },
  };
  const verifyCheck = (expression: string, expected: unknown, request: unknown) => {
    assert.deepEqual(evaluate(expression, variables, values), expected, expression);
    assert.deepEqual(asked.at(-1), request);
  };
  verifyCheck("authorizer.group('').resource('pods').namespace('n').name('p').check('get').allowed()", true, {
    group: "",
    resource: "pods",
    namespace: "n",
    name: "p",
    verb: "get",
  });
  verifyCheck("authorizer.serviceAccount('n', 's').path('/healthz').check('post').reason()", "because", {
    serviceAccount: { namespace: "n", name: "s" },
    path: "/healthz",
    verb: "post",
  });
  verifyCheck("authorizer.requestResource.check('update').allowed()", false, {
    group: "apps",
    resource: "deployments",
    name: "d",
    verb: "update",
  });
});

test("mistakes are found when the expression is compiled", () => {
  verify({
    "self.foo": "ERROR: <input>:1:5: undefined field 'foo'\n | self.foo\n | ....^",
    "self.metadata.labels": "ERROR: <input>:1:14: undefined field 'labels'\n | self.metadata.labels\n | .............^",
    "self.spec.anything == 1":
      "ERROR: <input>:1:10: undefined field 'anything'\n | self.spec.anything == 1\n | .........^",
    "self.spec.free.a": "ERROR: <input>:1:15: undefined field 'a'\n | self.spec.free.a\n | ..............^",
    "self.spec.replicas == 'a'":
      "ERROR: <input>:1:20: found no matching overload for '_==_' applied to '(int, string)'\n | self.spec.replicas == 'a'\n | ...................^",
    "other > 1": "ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other > 1\n | ^",
    "self.spec.names.all(x, x > 1)":
      "ERROR: <input>:1:26: found no matching overload for '_>_' applied to '(string, int)'\n | self.spec.names.all(x, x > 1)\n | .........................^",
    "self.spec.mode.frob()":
      "ERROR: <input>:1:20: undeclared reference to 'frob' (in container '')\n | self.spec.mode.frob()\n | ...................^",
    "self.spec.mode.startsWith(1)":
      "ERROR: <input>:1:26: found no matching overload for 'startsWith' applied to 'string.(int)'\n | self.spec.mode.startsWith(1)\n | .........................^",
    "self.spec.replicas.all(x, true)":
      "ERROR: <input>:1:10: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | self.spec.replicas.all(x, true)\n | .........^",
    "[1, 'a']": "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, 'a']\n | ....^",
    "'a'.matches('(')": "ERROR: <input>:1:13: invalid matches argument\n | 'a'.matches('(')\n | ............^",
    "duration('1x') > duration('1s')":
      "ERROR: <input>:1:10: invalid duration argument\n | duration('1x') > duration('1s')\n | .........^",
    "true &&\n  self.foo": "ERROR: <input>:2:7: undefined field 'foo'\n |   self.foo\n | ......^",
  });
  assert.match(String(evaluate("self.spec. ")), /^ERROR: <input>:1:\d+: Syntax error: /);
});

test("the result has to be of the wanted type", () => {
  const variables: Record<string, CelType> = { self: { type: "schema", schema } };
  assert.deepEqual(compileCel("self.spec.replicas", { variables, result: "bool" }), {
    ok: false,
    errors: ["must evaluate to bool"],
  });
  assert.equal(compileCel("self.spec.mode", { variables, result: "string" }).ok, true);
  const dynamic = compileCel("self.spec.port", { variables, result: "bool" });
  assert.ok(dynamic.ok);
  const result = dynamic.program.evaluate({ self }, { remaining: 1000 });
  assert.equal(!result.ok && result.cause, "evaluation");
});

test("failures say what went wrong, and a decided condition hides them", () => {
  verify({
    "self.spec.labels.zone == 'a'": "evaluation: no such key: zone",
    "self.spec.names[2] == 'a'": "evaluation: index out of bounds: 2",
    "1 / (self.spec.replicas - 3) > 0": "evaluation: division by zero",
    "9223372036854775807 + self.spec.replicas > 0": "evaluation: integer overflow",
    "self.spec.port.startsWith('a')": "evaluation: no such overload",
    "true || self.spec.labels.zone == 'a'": true,
    "self.spec.labels.zone == 'a' || true": true,
    "self.spec.labels.zone == 'a' && false": false,
    "self.spec.names.exists(n, 1 / (n == 'a' ? 0 : 1) == 1)": true,
  });
});

test("an expression names the variables that it reads", () => {
  const variables: Record<string, CelType> = {
    object: { type: "dyn" },
    oldObject: { type: "dyn" },
    params: { type: "dyn" },
  };
  const compiled = compile("object.spec.all(params, params > 1) && oldObject == null", variables);
  assert.ok(compiled.ok);
  assert.deepEqual([...compiled.program.references].sort(), ["object", "oldObject"]);
  assert.deepEqual(compiled.program.evaluate({ object: { spec: [2] } }, { remaining: 1000 }), {
    ok: true,
    value: true,
  });
});

test("keys like __proto__ are data", () => {
  const object = JSON.parse('{"m": {"__proto__": "x", "constructor": "y"}}');
  const variables: Record<string, CelType> = { object: { type: "dyn" } };
  assert.equal(
    evaluate("object.m['__proto__'] == 'x' && object.m.size() == 2 && !has(object.m.toString)", variables, { object }),
    true,
  );
  assert.equal(JSON.stringify(evaluate("{'__proto__': 1}", variables, {})), '{"__proto__":1}');
});
