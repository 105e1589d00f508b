// Tokens from a file, one line of CSV each: token, user, uid and, quoted, the groups. Source: k8s.io/apiserver pkg/authentication/token/tokenfile.

import { hash } from "node:crypto";
import { deepFreeze } from "../../machinery/object.ts";
import type { Authentication, UserInfo } from "../identity.ts";
import type { TokenAuthenticator } from "./token-authenticator.ts";

export class StaticTokenAuthenticator implements TokenAuthenticator {
  readonly name = "static token";
  /** By hash, so that a lookup takes the same time for any wrong token. */
  readonly #users = new Map<string, UserInfo>();

  /** `text` is the file's content, `fileName` is for errors. Throws when a line has fewer than three columns. */
  constructor(text: string, fileName: string) {
    for (const row of parseCsv(text)) {
      if (row.length < 3) {
        const needed = "must have at least 3 columns (token, user name, user uid)";
        throw new Error(`token file '${fileName}' ${needed}, found ${row.length}`);
      }
      const [token, name, uid, groups = ""] = row as [string, string, string, string?];
      if (token === "") continue;
      const user: UserInfo = { name, groups: groups === "" ? [] : groups.split(",") };
      if (uid !== "") user.uid = uid;
      this.#users.set(hashOf(token), deepFreeze(user));
    }
  }

  authenticateToken(token: string): Authentication {
    const user = this.#users.get(hashOf(token));
    return user === undefined ? { outcome: "absent" } : { outcome: "authenticated", user };
  }
}

function hashOf(token: string): string {
  return hash("sha256", token, "base64");
}

/** Rows of RFC 4180 text; blank lines are left out, spaces around unquoted fields are kept off. Throws on an open quote. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const fieldEnd = /[^,\n]*/y;
  let at = 0;
  const endRow = () => {
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  while (at < text.length) {
    while (text[at] === " " || text[at] === "\t") at++;
    let field = "";
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (at >= text.length) throw new Error("a quoted field of the token file is not closed");
        if (text[at] === '"' && text[at + 1] === '"') at++;
        else if (text[at] === '"') break;
        field += text[at];
      }
      at++;
    }
    fieldEnd.lastIndex = at;
    const end = at + fieldEnd.exec(text)![0].length;
    row.push(field === "" ? text.slice(at, end).trim() : field);
    at = end + 1;
    if (text[end] !== ",") endRow();
  }
  if (row.length > 0) endRow();
  return rows;
}
