// Conversion of custom resources between versions: none (only the apiVersion changes), or by a webhook that speaks ConversionReview.
// A webhook may change everything but an object's identity: of its metadata only labels and annotations are taken.
// Source: apiextensions-apiserver pkg/apiserver/conversion.

import { labelValueErrors, qualifiedNameErrors } from "../../machinery/names.ts";
import { apiVersionOf, isObject, type JsonObject, type KubeObject, parseApiVersion } from "../../machinery/object.ts";
import { StatusError } from "../../machinery/status-error.ts";
import type { Crd, WebhookClientConfig } from "./crd.ts";
import { goTypeName } from "./go-type.ts";

/** Where a webhook is: a URL, or a service of the cluster. */
export type WebhookTarget = { url: string } | { service: NonNullable<WebhookClientConfig["service"]> };

/** Calls a webhook: POSTs JSON and answers with the JSON of the response; throws an Error that says why there is none. */
export type WebhookPost = (
  target: WebhookTarget,
  /** PEM certificates to trust, base64; the system's when absent. */
  caBundle: string | undefined,
  body: JsonObject,
  timeoutSeconds: number,
) => Promise<unknown>;

/** What conversion needs from outside. */
export interface ConversionServices {
  post: WebhookPost;
  uuid(): string;
}

/** Longest time that a conversion may take. */
const timeoutSeconds = 30;
const supportedReviews = ["v1", "v1beta1"];

/** Strategy None: the object under another apiVersion. */
export function withApiVersion(object: KubeObject, apiVersion: string): KubeObject {
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

/**
 * Converts objects by the CRD's webhook, in one call; those that already have the version are not sent.
 *
 * @throws StatusError 500 with the sentence of Kubernetes when the webhook cannot be used
 */
export async function convertByWebhook(
  crd: Crd,
  objects: readonly KubeObject[],
  apiVersion: string,
  services: ConversionServices,
): Promise<KubeObject[]> {
  const foreign = objects.filter((object) => object.apiVersion !== apiVersion);
  const [first] = foreign;
  if (first === undefined) return [...objects];
  const about = `conversion webhook for ${kindText(first)}`;
  const review = reviewVersion(crd);
  if (review === undefined) {
    throw failed(`failed to convert, no supported ConversionReview version in ${crd.metadata.name}`);
  }
  const uid = services.uuid();
  const answer = await ask(crd, review, uid, foreign, apiVersion, services).catch((error: unknown) => {
    throw failed(`${about} failed: ${error instanceof Error ? error.message : String(error)}`);
  });
  const converted = readAnswer(answer, review, uid);
  if (!converted.ok) throw failed(`${about} failed: ${converted.error}`);
  if (converted.objects.length !== foreign.length) {
    throw failed(`${about} returned ${converted.objects.length} objects, expected ${foreign.length}`);
  }
  let next = 0;
  return objects.map((object) => {
    if (object.apiVersion === apiVersion) return object;
    const index = next++;
    return accept(object, converted.objects[index], apiVersion, `${about} returned invalid`, index);
  });
}

function failed(message: string): StatusError {
  return new StatusError(500, "", message);
}

/** A kind as Go writes it: `example.com/v1, Kind=Widget`. */
function kindText({ apiVersion, kind }: KubeObject): string {
  return `${apiVersion}, Kind=${kind}`;
}

function reviewVersion(crd: Crd): string | undefined {
  return crd.spec.conversion?.webhook?.conversionReviewVersions?.find((version) => supportedReviews.includes(version));
}

async function ask(
  crd: Crd,
  review: string,
  uid: string,
  objects: readonly KubeObject[],
  desiredAPIVersion: string,
  services: ConversionServices,
): Promise<unknown> {
  const client = crd.spec.conversion?.webhook?.clientConfig;
  const target = targetOf(client);
  if (target === undefined) throw new Error("no webhook is configured");
  const body = {
    apiVersion: apiVersionOf("apiextensions.k8s.io", review),
    kind: "ConversionReview",
    request: { uid, desiredAPIVersion, objects: [...objects] },
  };
  return services.post(target, client?.caBundle, body, timeoutSeconds);
}

function targetOf(client: WebhookClientConfig | undefined): WebhookTarget | undefined {
  if (client?.url !== undefined) return { url: client.url };
  return client?.service === undefined ? undefined : { service: client.service };
}

type Answer = { ok: true; objects: unknown[] } | { ok: false; error: string };

function readAnswer(answer: unknown, review: string, uid: string): Answer {
  if (!isObject(answer)) return { ok: false, error: "no response provided" };
  const wanted = apiVersionOf("apiextensions.k8s.io", review);
  if (answer.apiVersion !== wanted || answer.kind !== "ConversionReview") {
    const expected = `${wanted}, Kind=ConversionReview`;
    const got = `${answer.apiVersion ?? ""}, Kind=${answer.kind ?? ""}`;
    return { ok: false, error: `expected webhook response of ${expected}, got ${got}` };
  }
  const { response } = answer;
  if (!isObject(response)) return { ok: false, error: "no response provided" };
  if (review === "v1" && response.uid !== uid) {
    const got = JSON.stringify(response.uid ?? "");
    return { ok: false, error: `expected response.uid=${JSON.stringify(uid)}, got ${got}` };
  }
  const result: JsonObject = isObject(response.result) ? response.result : {};
  if (result.status !== "Success") {
    const error = result.message || `response.result.status was '${result.status ?? ""}', not 'Success'`;
    return { ok: false, error: String(error) };
  }
  return { ok: true, objects: Array.isArray(response.convertedObjects) ? response.convertedObjects : [] };
}

/** The converted object with the original's metadata, or the error that says why it cannot be taken. */
function accept(
  original: KubeObject,
  converted: unknown,
  apiVersion: string,
  about: string,
  index: number,
): KubeObject {
  const wrong = (problem: string) => failed(`${about} converted object at index ${index}: ${problem}`);
  if (!isObject(converted)) throw wrong("not an object");
  if (converted.apiVersion !== apiVersion) {
    throw wrong(`invalid groupVersion (expected ${apiVersion}, received ${converted.apiVersion ?? ""})`);
  }
  if (converted.kind !== original.kind) {
    throw wrong(`invalid kind (expected ${original.kind}, received ${converted.kind ?? ""})`);
  }
  const metadata = restoreMetadata(original, converted);
  if (!metadata.ok) {
    if (metadata.identity) throw wrong(metadata.error);
    throw failed(`${about} metadata in object at index ${index}: ${metadata.error}`);
  }
  return { ...(converted as KubeObject), metadata: metadata.metadata };
}

type Restored = { ok: true; metadata: KubeObject["metadata"] } | { ok: false; identity: boolean; error: string };

function restoreMetadata(original: KubeObject, converted: JsonObject): Restored {
  const given = converted.metadata;
  if (given === undefined) return { ok: false, identity: false, error: "missing metadata in converted object" };
  if (!isObject(given)) {
    return { ok: false, identity: false, error: `invalid metadata of type ${goTypeName(given)} in converted object` };
  }
  const identity: [keyof KubeObject["metadata"], string][] = [
    ["name", "name"],
    ["namespace", "namespace"],
    ["uid", "UID"],
  ];
  for (const [field, name] of identity) {
    const before = original.metadata[field] ?? "";
    const after = given[field] ?? "";
    if (before !== after)
      return { ok: false, identity: true, error: `must have the same ${name}: ${before} != ${after}` };
  }
  const metadata = { ...original.metadata };
  for (const field of ["labels", "annotations"] as const) {
    const values = given[field];
    delete metadata[field];
    if (values === undefined || values === null) continue;
    const error = mapError(field, values, original.metadata[field] ?? {});
    if (error !== undefined) return { ok: false, identity: false, error };
    metadata[field] = values;
  }
  return { ok: true, metadata };
}

/** What is wrong with converted labels or annotations; those that were there before are not looked at again. */
function mapError(
  field: "labels" | "annotations",
  values: unknown,
  before: Record<string, string>,
): string | undefined {
  if (!isObject(values)) return `invalid metadata.${field} of type ${goTypeName(values)} in converted object`;
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== "string") {
      return `metadata.${field}[${key}] must be a string, but is ${goTypeName(value)} in converted object`;
    }
    if (Object.hasOwn(before, key) && before[key] === value) continue;
    const name = field === "labels" ? key : key.toLowerCase();
    const problems = [...qualifiedNameErrors(name), ...(field === "labels" ? labelValueErrors(value) : [])];
    if (problems.length > 0) return `metadata.${field}: Invalid value: ${JSON.stringify(key)}: ${problems.join("; ")}`;
  }
  return undefined;
}

/** The version that an apiVersion names: `example.com/v1` → `v1`. */
export function versionName(apiVersion: string): string {
  return parseApiVersion(apiVersion).version;
}
