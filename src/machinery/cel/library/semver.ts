// Kubernetes' semantic versions (semver.org 2.0.0).

import * as t from "../types.ts";
import { fail, Opaque } from "../values.ts";
import { func, type Library, method, parsing } from "./overload.ts";

const { bool, int, string } = t;
const semverType = t.opaque("kubernetes.Semver");

class Semver extends Opaque {
  readonly typeName = "kubernetes.Semver";
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];
  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    super();
    this.numbers = numbers;
    this.prerelease = prerelease;
  }
  override equals(other: Semver): boolean {
    return compare(this, other) === 0n;
  }
}

const number = "(0|[1-9]\\d{0,18})";
const identifier = "(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)";
const pattern = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);
const maxVersionLength = 1000;

function parse(text: string): Semver | undefined {
  const match = text.length > maxVersionLength ? null : pattern.exec(text);
  if (match === null) return undefined;
  const [major, minor, patch] = match.slice(1, 4).map(BigInt) as [bigint, bigint, bigint];
  return new Semver([major, minor, patch], match[4]?.split(".") ?? []);
}

/** Takes a leading `v` and zeros away and adds missing numbers. */
function normalize(text: string): string {
  const [, core, rest] = /^v?([^+-]*)(.*)$/s.exec(text)!;
  const parts = core!.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return parts.join(".") + rest;
}

function toSemver(text: string, normalized = false): Semver {
  return (
    parse(normalized ? normalize(text) : text) ??
    fail(`semver parse error during conversion from string: invalid version ${JSON.stringify(text)}`)
  );
}

function compare(a: Semver, b: Semver): bigint {
  for (const [index, part] of a.numbers.entries()) {
    const other = b.numbers[index]!;
    if (part !== other) return part < other ? -1n : 1n;
  }
  // A release comes after its prereleases.
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return BigInt(Math.sign(b.prerelease.length - a.prerelease.length));
  }
  for (const [index, part] of a.prerelease.entries()) {
    const other = b.prerelease[index];
    if (other === undefined) return 1n;
    if (part !== other) return comparePart(part, other) ? -1n : 1n;
  }
  return a.prerelease.length < b.prerelease.length ? -1n : 0n;
}

/** Whether one identifier of a prerelease comes before another: numbers first, by value. */
function comparePart(a: string, b: string): boolean {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  return x && y ? BigInt(a) < BigInt(b) : x === y ? a < b : x;
}

export const semverFunctions: Library = {
  semver: [
    func([string], semverType, (text: string) => toSemver(text), parsing),
    func([string, bool], semverType, toSemver, parsing),
  ],
  isSemver: [
    func([string], bool, (text: string) => parse(text) !== undefined, parsing),
    func(
      [string, bool],
      bool,
      (text: string, normalized: boolean) => parse(normalized ? normalize(text) : text) !== undefined,
      parsing,
    ),
  ],
  major: [method([semverType], int, (version: Semver) => version.numbers[0])],
  minor: [method([semverType], int, (version: Semver) => version.numbers[1])],
  patch: [method([semverType], int, (version: Semver) => version.numbers[2])],
  compareTo: [method([semverType, semverType], int, compare)],
  isLessThan: [method([semverType, semverType], bool, (a: Semver, b: Semver) => compare(a, b) < 0n)],
  isGreaterThan: [method([semverType, semverType], bool, (a: Semver, b: Semver) => compare(a, b) > 0n)],
};
