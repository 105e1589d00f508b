// Makes certificate signing requests for tests, by hand: an EC key, a subject with a common name (and an organization), no attributes.

import { generateKeyPairSync, sign } from "node:crypto";

/** The base64 of a PEM request that is signed with a new key. */
export function makeRequest(commonName: string, organization?: string): string {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const attribute = (id: string, value: string) =>
    tagged(0x31, tagged(0x30, Buffer.from(id, "hex"), tagged(0x0c, Buffer.from(value))));
  const name = tagged(
    0x30,
    ...(organization === undefined ? [] : [attribute("060355040a", organization)]),
    attribute("0603550403", commonName),
  );
  const key = publicKey.export({ type: "spki", format: "der" });
  const info = tagged(0x30, Buffer.from("020100", "hex"), name, key, tagged(0xa0));
  const algorithm = tagged(0x30, Buffer.from("06082a8648ce3d040302", "hex"));
  const signature = tagged(0x03, Buffer.from([0]), sign("sha256", info, privateKey));
  const body = tagged(0x30, info, algorithm, signature).toString("base64");
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${body}\n-----END CERTIFICATE REQUEST-----\n`;
  return Buffer.from(pem).toString("base64");
}

function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}
