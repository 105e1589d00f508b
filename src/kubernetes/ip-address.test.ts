import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldError } from "../machinery/field-error.ts";
import { checkCIDR, checkIP, checkNonSpecialIP } from "./ip-address.ts";

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
