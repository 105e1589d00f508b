import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cidrContains, cidrErrors, cidrSize, formatIp, ipErrors, networkOf, parseCidr, parseIp } from "./ip.ts";

test("addresses", () => {
  assert.deepEqual(ipErrors("10.9.8.7"), []);
  assert.deepEqual(ipErrors("2001:db8::ffff", { canonical: true }), []);
  assert.deepEqual(ipErrors("::", { canonical: true }), []);
  assert.deepEqual(ipErrors("FE80:0:0:0:0:0:0:0abc"), []);
  assert.deepEqual(ipErrors("FE80:0:0:0:0:0:0:0abc", { canonical: true }), ['must be in canonical form ("fe80::abc")']);
  assert.deepEqual(ipErrors("1.1.1.01"), ["must not have leading 0s"]);
  assert.deepEqual(ipErrors("::ffff:1.1.1.1"), ["must not be an IPv4-mapped IPv6 address"]);
  for (const text of ["", "1.2.3", "1.2.3.256", "host", "1.2.3.0/24", "fe80::1%eth0", "1:2:3:4:5:6:7:8:9", ":::"]) {
    assert.deepEqual(ipErrors(text), ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"], text);
  }
});

test("blocks", () => {
  assert.deepEqual(cidrErrors("10.9.8.0/24"), []);
  assert.deepEqual(cidrErrors("2001:db8::/64"), []);
  assert.deepEqual(cidrErrors("0.0.0.0/0"), []);
  assert.deepEqual(cidrErrors("10.9.8.1/24"), ["must not have bits set beyond the prefix length"]);
  assert.deepEqual(cidrErrors("10.9.8.0/024"), ["must not have leading 0s in IP or prefix length"]);
  assert.deepEqual(cidrErrors("::ffff:1.0.0.0/104"), ["must not have an IPv4-mapped IPv6 address"]);
  for (const text of ["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "::/129"]) {
    assert.deepEqual(cidrErrors(text), ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"], text);
  }
});

test("membership", () => {
  const block = parseCidr("10.96.0.0/12")!;
  assert.ok(cidrContains(block, parseIp("10.111.255.255")!));
  assert.ok(!cidrContains(block, parseIp("10.112.0.0")!));
  assert.ok(!cidrContains(block, parseIp("::1")!));
  assert.equal(cidrSize(block), 2n ** 20n);
  assert.equal(formatIp(networkOf(parseCidr("10.111.0.1/12")!)), "10.96.0.0");
});

test("the canonical spelling reads back and is that of RFC 5952", () => {
  assert.equal(formatIp(parseIp("010.00.0.1")!), "10.0.0.1");
  assert.equal(formatIp(parseIp("::ffff:10.0.0.1")!), "10.0.0.1");
  assert.equal(formatIp(parseIp("1::")!), "1::");
  assert.equal(formatIp(parseIp("1:0:0:2:0:0:0:3")!), "1:0:0:2::3");
  assert.equal(formatIp(parseIp("1:0:2:3:4:5:6:7")!), "1:0:2:3:4:5:6:7");
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = parseIp(text)!;
      assert.deepEqual(parseIp(formatIp(address)), address);
    }),
  );
});
