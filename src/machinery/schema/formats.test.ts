import assert from "node:assert/strict";
import { test } from "node:test";
import { satisfiesFormat } from "./formats.ts";

const formats: [format: string, good: string[], bad: string[]][] = [
  ["bsonobjectid", ["507f1f77bcf86cd799439011"], ["507f"]],
  ["uri", ["https://a.b/c?d", "/path"], ["a b", ""]],
  ["email", ["a@b.c", "Ann <a@b.c>"], ["a", "a@", "@b"]],
  ["hostname", ["a.b-c.d", "localhost"], ["-a", "a..b", ""]],
  ["ipv4", ["10.0.0.1"], ["10.0.0.256", "::1"]],
  ["ipv6", ["::1", "2001:db8::1"], ["10.0.0.1", "fe80::1%eth0"]],
  ["cidr", ["10.0.0.0/8", "::/0"], ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08"]],
  ["mac", ["01:23:45:67:89:ab", "01-23-45-67-89-ab", "0123.4567.89ab"], ["01:23", "01:23-45:67:89:ab"]],
  ["uuid", ["123e4567-e89b-12d3-a456-426614174000", "123E4567E89B12D3A456426614174000"], ["123e4567"]],
  ["uuid4", ["123e4567-e89b-42d3-a456-426614174000"], ["123e4567-e89b-12d3-a456-426614174000"]],
  ["isbn", ["0321751043", "978-0321751041"], ["0321751044"]],
  ["creditcard", ["4111-1111-1111-1111"], ["4111111111111112"]],
  ["ssn", ["123-45-6789"], ["123-45-678"]],
  ["hexcolor", ["#fff", "A1B2C3"], ["#ffff"]],
  ["rgbcolor", ["rgb(0, 12,255)"], ["rgb(0,0,256)"]],
  ["byte", ["aGk="], ["aGk"]],
  ["password", ["anything"], []],
  ["date", ["2024-02-29"], ["2023-02-29", "2024-1-1"]],
  ["date-time", ["2024-02-29T10:00:00Z", "2024-02-29t10:00:00.5+01:00"], ["2024-02-29", "2024-02-29T24:00:00Z"]],
  ["duration", ["1h30m", "22 ns", "5 days", "0"], ["1 fortnight", "h"]],
  ["k8s-short-name", ["my-name"], ["My", "a.b"]],
  ["k8s-long-name", ["my.name"], ["my..name"]],
  ["int32", ["unchecked"], []],
];
for (const [format, good, bad] of formats) {
  test(`format ${format}`, () => {
    for (const text of good) assert.equal(satisfiesFormat(text, format), true, text);
    for (const text of bad) assert.equal(satisfiesFormat(text, format), false, text);
  });
}
