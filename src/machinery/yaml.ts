// YAML text to JSON values as Go's sigs.k8s.io/yaml reads it: one document, YAML 1.1 scalars (`yes`, `on`, `014`, `1_000`), keys as
// strings, timestamps as text. The library parses and finds anchors; what scalars mean, merge keys, aliases and limits are decided
// here, because the defaults of the library differ from Go's.
// Source of the rules: gopkg.in/yaml.v2 resolve.go and decode.go. One difference: a merge key (`<<`) never replaces a key that the
// map itself names, wherever it stands, as the YAML specification has it.

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  Scalar,
  stringify,
  type YAMLMap,
} from "yaml";
import { defaultMaxDepth, depthError, duplicateFields, exactInteger, type JsonLimits, parseJson } from "./json.ts";
import type { Json, JsonObject } from "./object.ts";

export type YamlResult =
  | { ok: true; value: Json /** Paths of keys that are named twice; the last value counts. */; duplicates: string[] }
  | { ok: false; error: string };

/** Parses the one document of a YAML text; an empty text is null. Never throws. */
export function parseYaml(text: string, limits: JsonLimits = {}): YamlResult {
  if (text.startsWith("{")) {
    // Most "YAML" that clients send is JSON, which means the same and parses a hundred times faster.
    const json = parseJson(text, limits);
    if (json.ok) return { ...json, duplicates: duplicateFields(text) };
  }
  try {
    return convert(text, limits.maxDepth ?? defaultMaxDepth);
  } catch (error) {
    if (error instanceof YamlError) return { ok: false, error: error.message };
    // The library recurses by nesting.
    if (error instanceof RangeError) return { ok: false, error: `yaml: ${depthError}` };
    throw error;
  }
}

/** Writes a value as a YAML document, keys sorted, as Go's sigs.k8s.io/yaml writes it. */
export function formatYaml(value: unknown): string {
  const exact = (_key: unknown, item: unknown) => (JSON.isRawJSON(item) ? BigInt(item.rawJSON) : item);
  return stringify(value, exact, {
    version: "1.1",
    sortMapEntries: true,
    lineWidth: 0,
    indentSeq: false,
    aliasDuplicateObjects: false,
  });
}

class YamlError extends Error {}

function convert(text: string, maxDepth: number): YamlResult {
  const documents = parseAllDocuments(text, {
    version: "1.1",
    schema: "failsafe",
    uniqueKeys: false,
    merge: false,
    prettyErrors: true,
    logLevel: "silent",
  });
  if (!Array.isArray(documents) || documents.length === 0) return { ok: true, value: null, duplicates: [] };
  for (const document of documents) {
    const [problem] = document.errors;
    if (problem === undefined) continue;
    if (problem.message.includes("call stack")) throw new RangeError(problem.message);
    const line = problem.linePos?.[0].line;
    const what = problem.message.split(" at line ")[0]!;
    return { ok: false, error: `yaml: ${line === undefined ? "" : `line ${line}: `}${what}` };
  }
  const [first, ...others] = documents as Document[];
  if (others.some((document) => document.contents !== null && !isEmptyScalar(document.contents))) {
    return { ok: false, error: "yaml: a single document is expected" };
  }
  const converter = new Converter(maxDepth);
  return { ok: true, value: converter.value(first!.contents, "", 0), duplicates: [...converter.duplicates] };
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.type === Scalar.PLAIN && node.value === "";
}

/** Walks the nodes of one document in the order of the text. */
class Converter {
  readonly duplicates = new Set<string>();
  readonly #maxDepth: number;
  readonly #anchors = new Map<string, unknown>();
  /** What an alias stands for, fixed when it is first met: anchors may be given again later. */
  readonly #targets = new Map<Alias, unknown>();
  /** Targets of the aliases that are being expanded. */
  readonly #expanding = new Set<unknown>();
  #nodes = 0;
  #aliasedNodes = 0;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  value(node: unknown, path: string, depth: number): Json {
    this.#count();
    if (depth > this.#maxDepth) throw new YamlError(`yaml: ${depthError}`);
    if (isAlias(node)) return this.#expand(node, (target) => this.value(target, path, depth));
    this.#remember(node);
    if (isScalar(node)) return scalarValue(node);
    if (isSeq(node)) return node.items.map((item, index) => this.value(item, `${path}[${index}]`, depth + 1));
    if (isMap(node)) return this.#map(node, path, depth);
    return null;
  }

  #map(map: YAMLMap, path: string, depth: number): Json {
    const object: JsonObject = {};
    let merged: JsonObject = {};
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) {
        merged = { ...merged, ...this.#merged(value, path, depth) };
        continue;
      }
      const name = this.#key(key);
      const childPath = path === "" ? name : `${path}.${name}`;
      const child = this.value(value, childPath, depth + 1);
      if (name === "__proto__") continue;
      if (Object.hasOwn(object, name)) this.duplicates.add(childPath);
      object[name] = child;
    }
    return { ...merged, ...object };
  }

  /** The keys that a merge key brings: those of a map, or of several, of which the first that names a key counts. */
  #merged(node: unknown, path: string, depth: number): JsonObject {
    if (isAlias(node)) return this.#expand(node, (target) => this.#merged(target, path, depth));
    this.#remember(node);
    if (isMap(node)) return this.#map(node, path, depth + 1) as JsonObject;
    if (!isSeq(node)) throw new YamlError("yaml: map merge requires map or sequence of maps as the value");
    const result: JsonObject = {};
    for (const item of node.items.toReversed()) {
      const target = isAlias(item) ? this.#target(item) : item;
      if (!isMap(target)) throw new YamlError("yaml: map merge requires map or sequence of maps as the value");
      Object.assign(result, this.#merged(item, path, depth + 1));
    }
    return result;
  }

  #key(node: unknown): string {
    if (isAlias(node)) return this.#expand(node, (target) => this.#key(target));
    this.#remember(node);
    if (!isScalar(node)) throw new YamlError("yaml: invalid map key");
    const value = scalarValue(node);
    if (value === null) throw new YamlError("yaml: Unsupported map key of type: null");
    return typeof value === "string" ? value : JSON.stringify(value);
  }

  #remember(node: unknown): void {
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined && this.#expanding.size === 0) this.#anchors.set(anchor, node);
  }

  #target(alias: Alias): unknown {
    if (!this.#targets.has(alias)) {
      if (!this.#anchors.has(alias.source)) throw new YamlError(`yaml: unknown anchor '${alias.source}' referenced`);
      this.#targets.set(alias, this.#anchors.get(alias.source));
    }
    return this.#targets.get(alias);
  }

  #expand<T>(alias: Alias, use: (target: unknown) => T): T {
    const target = this.#target(alias);
    if (this.#expanding.has(target)) throw new YamlError(`yaml: anchor '${alias.source}' value contains itself`);
    this.#expanding.add(target);
    const result = use(target);
    this.#expanding.delete(target);
    return result;
  }

  /** Refuses documents that grow by aliases out of proportion. */
  #count(): void {
    this.#nodes++;
    if (this.#expanding.size > 0) this.#aliasedNodes++;
    if (this.#aliasedNodes <= 100 || this.#nodes <= 1000) return;
    if (this.#aliasedNodes / this.#nodes > allowedAliasRatio(this.#nodes)) {
      throw new YamlError("yaml: document contains excessive aliasing");
    }
  }
}

/** The share of nodes that may come from aliases: 99 % in small documents, down to 10 % in those of four million nodes. */
function allowedAliasRatio(nodes: number): number {
  const low = 400_000;
  const high = 4_000_000;
  if (nodes <= low) return 0.99;
  if (nodes >= high) return 0.1;
  return 0.99 - 0.89 * ((nodes - low) / (high - low));
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && (key.type === Scalar.PLAIN || shortTag(key.tag) === "merge");
}

function shortTag(tag: string | undefined): string | undefined {
  return tag?.replace(/^tag:yaml\.org,2002:/, "");
}

function scalarValue(scalar: Scalar): Json {
  const text = String(scalar.value ?? "");
  const tag = shortTag(scalar.tag);
  switch (tag) {
    case undefined:
      return scalar.type === Scalar.PLAIN ? plainValue(text) : text;
    case "binary":
      return Buffer.from(text.replace(/\s/g, ""), "base64").toString("utf8");
    case "bool":
    case "int":
    case "float":
    case "null": {
      const value = plainValue(text);
      const is =
        value === null ? "null" : typeof value === "boolean" ? "bool" : typeof value === "string" ? "str" : "int";
      if (is !== (tag === "float" ? "int" : tag))
        throw new YamlError(`yaml: cannot decode !!${is} \`${text}\` as a !!${tag}`);
      return value;
    }
    default:
      return text;
  }
}

const words = new Map<string, Json | number>();
for (const word of ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]) words.set(word, true);
for (const word of ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]) words.set(word, false);
for (const word of ["", "~", "null", "Null", "NULL"]) words.set(word, null);

const infinities = /^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/;
const floatText = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const integerForms: [form: RegExp, prefix: string][] = [
  [/^(0|[1-9][0-9]*)$/, ""],
  [/^0[xX]([0-9a-fA-F]+)$/, "0x"],
  [/^0[bB]([01]+)$/, "0b"],
  [/^0[oO]?([0-7]+)$/, "0o"],
];

/** The value of a plain scalar. */
function plainValue(text: string): Json {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  if (infinities.test(text)) throw new YamlError(`yaml: json: unsupported value: ${text}`);
  const plain = text.startsWith(".") ? text : text.replaceAll("_", "");
  const integer = integerValue(plain);
  if (integer !== undefined) return exactInteger(integer);
  if (!floatText.test(plain)) return text;
  const number = Number(plain);
  return Number.isFinite(number) ? number : text;
}

/** An integer as Go's ParseInt with base 0 reads it, within int64 and uint64. */
function integerValue(text: string): bigint | undefined {
  const negative = text.startsWith("-");
  const digits = negative || text.startsWith("+") ? text.slice(1) : text;
  for (const [form, prefix] of integerForms) {
    const match = form.exec(digits);
    if (match === null || match[1]!.length > 64) continue;
    const value = BigInt(prefix + match[1]!);
    if (value >= (negative ? 2n ** 63n + 1n : 2n ** 64n)) return undefined;
    return negative ? -value : value;
  }
  return undefined;
}
