// The OpenAPI documents of a set of kinds: built when first asked for, and kept as long as the same kinds are asked about. Made once
// for all control planes; planes with the same built-in kinds share their documents.

import { createHash } from "node:crypto";
import { encodeJson } from "../../machinery/json.ts";
import { apiVersionOf, type JsonObject } from "../../machinery/object.ts";
import type { Definitions } from "../../machinery/schema/link.ts";
import type { KindRegistration } from "../strategy.ts";
import { BuiltinDefinitions } from "./definitions.ts";
import { groupVersionPath } from "./routes.ts";
import { buildOpenApiV2 } from "./v2.ts";
import { encodeOpenApiV2 } from "./v2-protobuf.ts";
import { buildOpenApiV3 } from "./v3.ts";

/** A document ready to be sent. */
export interface OpenApiDocument {
  bytes: Uint8Array;
  /** SHA-512 of the bytes in upper-case hex: the ETag, and the `hash` in the index. */
  hash: string;
  /** The bytes compressed, once somebody asked for them so. */
  gzip?: Promise<Uint8Array>;
}

/** Bytes with their hash. */
export function openApiDocument(bytes: Uint8Array): OpenApiDocument {
  return { bytes, hash: createHash("sha512").update(bytes).digest("hex").toUpperCase() };
}

interface CachedDocument {
  registrations: readonly KindRegistration[];
  document: OpenApiDocument;
}

/** How many group-versions of different custom kinds are kept, over all control planes. */
const mostDocuments = 500;

export class OpenApiDocuments {
  readonly #definitions: BuiltinDefinitions;
  readonly #version: string;
  /** By path and content; the same path may have several sets of kinds, in different planes. */
  readonly #documents = new Map<string, CachedDocument[]>();
  #count = 0;

  /**
   * @param definitions of the built-in kinds, with `$ref`
   * @param version of the server, as `v1.36.0`
   */
  constructor(definitions: Definitions, version: string) {
    this.#definitions = new BuiltinDefinitions(definitions);
    this.#version = version;
  }

  /** `/openapi/v3`: where the document of each group-version is. */
  index(registrations: readonly KindRegistration[]): { paths: { [path: string]: { serverRelativeURL: string } } } {
    const paths: { [path: string]: { serverRelativeURL: string } } = {};
    for (const { group, version } of groupVersions(registrations)) {
      const path = groupVersionPath(group, version).slice(1);
      const { hash } = this.v3(registrations, group, version)!;
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
    return { paths };
  }

  /** The document of a group-version; undefined when nothing of it is served. */
  v3(registrations: readonly KindRegistration[], group: string, version: string): OpenApiDocument | undefined {
    const own = registrations.filter(
      ({ kind }) => kind.group === group && kind.versions.some((one) => one.served && one.name === version),
    );
    if (own.length === 0) return undefined;
    return this.#cached(`v3/${apiVersionOf(group, version)}`, own, () =>
      encodeJson(buildOpenApiV3({ group, version }, own, this.#definitions)),
    );
  }

  /** The document of everything. */
  v2(registrations: readonly KindRegistration[]): OpenApiDocument {
    return this.#cached("v2", registrations, () => encodeJson(this.#buildV2(registrations)));
  }

  /** The same in protobuf, of type openApiV2ProtobufType. */
  v2Protobuf(registrations: readonly KindRegistration[]): OpenApiDocument {
    return this.#cached("v2.pb", registrations, () => encodeOpenApiV2(this.#buildV2(registrations)));
  }

  #buildV2(registrations: readonly KindRegistration[]): JsonObject {
    return buildOpenApiV2(registrations, this.#definitions, this.#version);
  }

  #cached(path: string, registrations: readonly KindRegistration[], build: () => Uint8Array): OpenApiDocument {
    const candidates = this.#documents.get(path) ?? [];
    const known = candidates.find((candidate) => sameKinds(candidate.registrations, registrations));
    if (known !== undefined) return known.document;
    if (this.#count >= mostDocuments) {
      this.#documents.clear();
      this.#count = 0;
    }
    const document = openApiDocument(build());
    this.#documents.set(path, [...candidates, { registrations: [...registrations], document }]);
    this.#count++;
    return document;
  }
}

function sameKinds(a: readonly KindRegistration[], b: readonly KindRegistration[]): boolean {
  return a.length === b.length && a.every(({ kind }, index) => kind === b[index]?.kind);
}

/** All served group-versions, each once. */
function groupVersions(registrations: readonly KindRegistration[]): { group: string; version: string }[] {
  const found = new Map<string, { group: string; version: string }>();
  for (const { kind } of registrations) {
    for (const version of kind.versions) {
      if (version.served)
        found.set(apiVersionOf(kind.group, version.name), { group: kind.group, version: version.name });
    }
  }
  return [...found.values()];
}
