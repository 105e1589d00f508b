// The headers in which a front proxy tells whom it speaks for. Source: client-go transport (SetAuthProxyHeaders).

import type { OutgoingHttpHeaders } from "node:http";
import type { UserInfo } from "../identity.ts";

/** Bytes that a header's name may hold; a percent sign begins an escape. */
const nameBytes = /[!#$&'*+\-.^_`|~0-9A-Za-z]/;

export function userHeaders({ name, uid, groups, extra }: UserInfo): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { "x-remote-user": headerText(name) };
  if (uid !== undefined && uid !== "") headers["x-remote-uid"] = headerText(uid);
  if (groups.length > 0) headers["x-remote-group"] = groups.map(headerText);
  for (const [key, values] of Object.entries(extra ?? {})) {
    headers[`x-remote-extra-${escapeKey(key)}`] = values.map(headerText);
  }
  return headers;
}

/** Whether a header claims to speak for somebody; those of clients go no further. */
export function speaksForUser(header: string): boolean {
  return header === "authorization" || header.startsWith("x-remote-") || header.startsWith("impersonate-");
}

function escapeKey(key: string): string {
  let escaped = "";
  for (const byte of Buffer.from(key, "utf8")) {
    const character = String.fromCharCode(byte);
    escaped += nameBytes.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

/** Headers carry bytes: UTF-8, as Go sends it. */
function headerText(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
