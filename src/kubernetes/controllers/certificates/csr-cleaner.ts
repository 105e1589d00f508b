// Deletes certificate signing requests that have had their day. Source: kubernetes pkg/controller/certificates/cleaner.

import { X509Certificate } from "node:crypto";
import type { Controller } from "../../../runtime/controller.ts";
import { certificateSigningRequests } from "../../kinds.ts";
import type { CertificateSigningRequest } from "../../types.generated.ts";
import { ignoring } from "../ignore.ts";
import { conditionsOf } from "./csr-rules.ts";

const hour = 3_600_000;
/** How long a request stays after it was decided, and after it was made when nothing more came of it. */
const decidedAge = hour;
const pendingAge = 24 * hour;

export function csrCleaner(): Controller {
  return {
    name: "certificatesigningrequest-cleaner",
    sources: [{ kind: certificateSigningRequests }],
    async reconcile({ client, reader, clock }, name) {
      const request = reader.get(certificateSigningRequests, name);
      if (request === undefined) return undefined;
      const left = cleanupTime(request) - clock.now().getTime();
      if (left > 0) return { requeueAfter: left };
      const { uid, resourceVersion } = request.metadata;
      await client
        .resource(certificateSigningRequests)
        .delete(name, undefined, { preconditions: { uid, resourceVersion } })
        // Conflict: it was changed, which another event tells.
        .catch(ignoring("NotFound", "Conflict"));
      return undefined;
    },
  };
}

/** When a request is to be deleted, in milliseconds since the epoch. */
export function cleanupTime(request: CertificateSigningRequest): number {
  const conditions = conditionsOf(request);
  const created = Date.parse(request.metadata.creationTimestamp ?? "");
  const certificate = request.status?.certificate ?? "";
  const times = conditions.flatMap(({ type, lastUpdateTime }) => {
    const decided = Date.parse(lastUpdateTime ?? "") || created;
    if (type === "Denied" || type === "Failed") return [decided + decidedAge];
    if (type !== "Approved") return [];
    if (certificate === "") return [decided + pendingAge];
    return [Math.min(decided + decidedAge, endOf(certificate))];
  });
  if (conditions.length === 0) times.push(created + pendingAge);
  return Math.min(...times);
}

/** When a certificate ends; never when it cannot be read. */
function endOf(base64: string): number {
  try {
    return new X509Certificate(Buffer.from(base64, "base64")).validToDate.getTime();
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
