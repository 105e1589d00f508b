import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FieldError } from "../machinery/field-error.ts";
import { checkCIDR, checkIP, checkNonSpecialIP, contains, formatIP, parseCIDR, parseIP } from "./ip-address.ts";

test("addresses are written in their canonical form", () => {
  const canonical = (text: string) => {
    const ip = parseIP(text);
    return ip === undefined ? undefined : formatIP(ip);
  };
  assert.equal(canonical("10.0.0.1"), "10.0.0.1");
  assert.equal(canonical("010.00.0.1"), "10.0.0.1");
  assert.equal(canonical("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
  assert.equal(canonical("::"), "::");
  assert.equal(canonical("1::"), "1::");
  assert.equal(canonical("1:0:0:2:0:0:0:3"), "1:0:0:2::3");
  assert.equal(canonical("::ffff:10.0.0.1"), "10.0.0.1");
  for (const text of ["", "10.0.0", "10.0.0.256", "1:2", "fe80::1%eth0", "a.b.c.d", "1.2.3.4/8"]) {
    assert.equal(parseIP(text), undefined, text);
  }
});

test("every IPv6 address survives being written and read", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n << 50n, max: (1n << 128n) - 1n }), (value) => {
      assert.deepEqual(parseIP(formatIP({ family: "IPv6", value })), { family: "IPv6", value });
    }),
    { numRuns: 200 },
  );
});

test("a range holds the addresses that share its prefix", () => {
  const range = parseCIDR("10.96.0.0/12");
  assert.ok(range !== undefined);
  const held = (text: string) => contains(range, parseIP(text) as NonNullable<ReturnType<typeof parseIP>>);
  assert.ok(held("10.96.0.0") && held("10.111.255.255"));
  assert.ok(!held("10.112.0.0") && !held("::1"));
  for (const text of ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "x/8", "::/129"]) {
    assert.equal(parseCIDR(text), undefined, text);
  }
});

test("the errors say what is wrong with an address", () => {
  type Check = (value: string, path: string, errors: FieldError[]) => void;
  const messages = (value: string, check: Check = checkIP) => {
    const errors: FieldError[] = [];
    check(value, "ip", errors);
    return errors.map((error) => error.message);
  };
  assert.deepEqual(messages("10.0.0.1"), []);
  assert.deepEqual(messages("x"), [
    'Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ]);
  assert.deepEqual(messages("10.0.0.01"), ['Invalid value: "10.0.0.01": must not have leading 0s']);
  assert.deepEqual(messages("::ffff:1.2.3.4"), [
    'Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address',
  ]);
  assert.deepEqual(messages("10.0.0.1/8", checkCIDR), [
    'Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
  ]);
  for (const special of ["127.0.0.1", "fe80::1", "0.0.0.0", "ff02::1"]) {
    assert.equal(messages(special, checkNonSpecialIP).length, 1, special);
  }
  assert.deepEqual(messages("8.8.8.8", checkNonSpecialIP), []);
});
