import assert from "node:assert/strict";
import { test } from "node:test";
import * as names from "./names.ts";

const long = (length: number) => "a".repeat(length);

test("each rule accepts what is valid", () => {
  const valid: [rule: (value: string) => string[], values: string[]][] = [
    [names.dns1123LabelErrors, ["a", "my-name", "123-abc", long(63)]],
    [names.dns1123SubdomainErrors, ["a", "example.com", "1.2.3", `${long(63)}.${long(63)}`]],
    [names.dns1035LabelErrors, ["a", "my-name", "a1"]],
    [names.wildcardSubdomainErrors, ["*.example.com", "*.a"]],
    [names.qualifiedNameErrors, ["a", "My_Name.1", "example.com/MyName", long(63)]],
    [names.labelValueErrors, ["", "a", "My_value.1", long(63)]],
    [names.cIdentifierErrors, ["a", "_A1"]],
    [names.envVarNameErrors, ["A", "a b", "1.x-y"]],
    [names.portNameErrors, ["http", "a-1", long(15)]],
    [names.httpHeaderNameErrors, ["X-Header", "a"]],
    [names.configMapKeyErrors, ["a", ".a", "a..b", "KEY_NAME"]],
    [names.percentErrors, ["0%", "150%"]],
  ];
  for (const [rule, values] of valid) {
    for (const value of values) assert.deepEqual(rule(value), [], `${rule.name}(${value})`);
  }
});

test("each rule says what is wrong in the words of Kubernetes", () => {
  assert.deepEqual(names.dns1123LabelErrors("My_name"), [
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
  assert.deepEqual(names.dns1123LabelErrors("a.b"), ["must not contain dots"]);
  assert.deepEqual(names.dns1123LabelErrors(long(64)), ["must be no more than 63 characters"]);
  assert.deepEqual(names.dns1123SubdomainErrors("-a"), [
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ]);
  assert.match(names.dns1035LabelErrors("1a")[0]!, /^a DNS-1035 label must consist of/);
  assert.deepEqual(names.qualifiedNameErrors("/a"), ["prefix part must be non-empty"]);
  assert.deepEqual(names.qualifiedNameErrors(`a/${long(64)}`), ["name part must be no more than 63 bytes"]);
  assert.equal(names.qualifiedNameErrors("").length, 2);
  assert.match(
    names.qualifiedNameErrors("a/b/c")[0]!,
    /with an optional DNS subdomain prefix and '\/' \(e\.g\. 'example\.com\/MyName'\)$/,
  );
  assert.match(names.qualifiedNameErrors("A/b")[0]!, /^prefix part a lowercase RFC 1123 subdomain/);
  assert.match(names.labelValueErrors("a b")[0]!, /'MyValue', {2}or 'my_value', {2}or '12345', regex used/);
  assert.deepEqual(names.envVarNameErrors(""), ["environment variable name must be non-empty"]);
  assert.deepEqual(names.portNameErrors("-1--"), [
    "must contain at least one letter (a-z)",
    "must not contain consecutive hyphens",
    "must not begin or end with a hyphen",
  ]);
  assert.deepEqual(names.rangeErrors(0, 1, 65535), ["must be between 1 and 65535, inclusive"]);
  assert.deepEqual(names.configMapKeyErrors(".."), ["must not be '..'"]);
  assert.deepEqual(names.configMapKeyErrors("..a"), ["must not start with '..'"]);
  assert.deepEqual(names.pathSegmentNameErrors("..", false), ["may not be '..'"]);
  assert.deepEqual(names.pathSegmentNameErrors("a/b%", true), ["may not contain '/'", "may not contain '%'"]);
});

test("lengths are counted in bytes", () => {
  assert.ok(names.labelValueErrors("ä".repeat(40)).includes("must be no more than 63 bytes"));
});

test("a prefix may end with a dash", () => {
  assert.deepEqual(names.subdomainName("web-", true), []);
  assert.notDeepEqual(names.subdomainName("web-", false), []);
});

test("hostile values are answered quickly", () => {
  const hostile = `${"a-".repeat(100_000)}!`;
  for (const rule of [names.dns1123SubdomainErrors, names.qualifiedNameErrors, names.labelValueErrors]) {
    assert.notDeepEqual(rule(hostile), []);
  }
});

test("generated suffixes use the alphabet of Kubernetes", () => {
  let next = 0;
  const suffix = names.randomSuffix((limit) => next++ % limit, 27);
  assert.equal(suffix, "bcdfghjklmnpqrstvwxz2456789");
});
