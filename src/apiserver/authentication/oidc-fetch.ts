// Fetches the small documents of OIDC issuers, with the issuer's own authority; the built-in `fetch` cannot be given one.

import { get } from "node:https";
import { isObject, type JsonObject } from "../../machinery/object.ts";

const timeoutMilliseconds = 10_000;
const maximumBytes = 1024 * 1024;

/** The JSON object at an https address. Rejects after ten seconds, on redirects, and on more than a mebibyte. */
export function fetchJson(url: string, certificateAuthority?: string): Promise<JsonObject> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMilliseconds);
    const request = get(url, {
      ca: certificateAuthority,
      signal,
      agent: false,
      headers: { accept: "application/json" },
    });
    request.on("error", reject);
    request.on("response", (response) => {
      if (response.statusCode !== 200) {
        response.destroy();
        reject(new Error(`GET ${url} answered ${response.statusCode}`));
        return;
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > maximumBytes) response.destroy(new Error(`GET ${url} answered more than ${maximumBytes} bytes`));
      });
      response.on("error", reject);
      response.on("end", () => {
        try {
          const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
          if (!isObject(value)) throw new Error("not an object");
          resolve(value);
        } catch (error) {
          reject(new Error(`GET ${url} did not answer JSON: ${(error as Error).message}`));
        }
      });
    });
  });
}
