// The body of a request: bytes from a socket, or a value handed over in this process.

import { duplicateFields, parseJson } from "../../machinery/json.ts";
import { deepCopy } from "../../machinery/object.ts";
import { decodeProtobuf } from "../../machinery/protobuf/decode.ts";
import { badRequest, unsupportedMediaType } from "../../machinery/status-error.ts";
import { parseYaml, type YamlResult } from "../../machinery/yaml.ts";
import { largeYaml, type YamlReader } from "./yaml-reader.ts";

export interface RawBody {
  /** Private to the request. */
  value: unknown;
  /** Paths of fields that the text names twice; empty when nobody asked. */
  duplicates: string[];
}

export interface ParseOptions {
  findDuplicates: boolean;
  /** Whether Kubernetes protobuf is taken. */
  protobuf: boolean;
  /** Parses as this media type instead of the one that was sent; patches have types of their own. */
  mediaType?: string;
}

export interface RequestBody {
  readonly contentType: string | undefined;
  readonly empty: boolean;
  parse(options: ParseOptions): RawBody;
}

const protobufType = "application/vnd.kubernetes.protobuf";
const yamlTypes = ["application/yaml", "application/apply-patch+yaml"];
const textTypes = ["application/json", "application/yaml"];

/** A body as it was received: JSON (also when no type is named), YAML or Kubernetes protobuf. */
export class BytesBody implements RequestBody {
  readonly contentType: string | undefined;
  readonly #bytes: Uint8Array;
  /** Of a large YAML body, once prepared. */
  #yaml: YamlResult | undefined;

  constructor(bytes: Uint8Array, contentType: string | undefined) {
    this.#bytes = bytes;
    this.contentType = contentType;
  }

  get empty(): boolean {
    return this.#bytes.length === 0;
  }

  /** Reads what would take long to parse, so that `parse` need not hold the event loop. */
  async prepare(reader: YamlReader): Promise<void> {
    if (this.#bytes.length < largeYaml || !yamlTypes.includes(mediaTypeOf(this.contentType))) return;
    // Most "YAML" that clients send is JSON, which takes no time.
    if (this.#bytes[0] === 0x7b && parseJson(this.#bytes).ok) return;
    this.#yaml = await reader.parse(this.#text());
  }

  #text(): string {
    const bytes = this.#bytes;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  }

  parse({ findDuplicates, protobuf, mediaType = mediaTypeOf(this.contentType) }: ParseOptions): RawBody {
    const bytes = this.#bytes;
    switch (mediaType) {
      case "":
      case "*/*":
      case "application/json": {
        const parsed = parseJson(bytes);
        if (!parsed.ok) throw badRequest(`couldn't get version/kind; json parse error: ${parsed.error}`);
        return { value: parsed.value, duplicates: findDuplicates ? duplicateFields(bytes) : [] };
      }
      case "application/yaml": {
        const parsed = this.#yaml ?? parseYaml(this.#text());
        if (!parsed.ok) throw badRequest(`error converting YAML to JSON: ${parsed.error}`);
        return { value: parsed.value, duplicates: parsed.duplicates };
      }
      case protobufType: {
        if (!protobuf) break;
        const decoded = decodeProtobuf(bytes);
        if (!decoded.ok) throw badRequest(decoded.error);
        return { value: decoded.object, duplicates: [] };
      }
    }
    throw unsupportedMediaType(protobuf ? [...textTypes, protobufType] : textTypes);
  }
}

/** A body that never was text. */
export class ValueBody implements RequestBody {
  readonly contentType: string | undefined;
  readonly #value: unknown;

  constructor(value: unknown, contentType = "application/json") {
    this.#value = value;
    this.contentType = contentType;
  }

  get empty(): boolean {
    return this.#value === undefined;
  }

  parse(): RawBody {
    return { value: deepCopy(this.#value), duplicates: [] };
  }
}

function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? "").split(";")[0]!.trim().toLowerCase();
}
