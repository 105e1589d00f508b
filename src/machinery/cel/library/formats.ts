// Kubernetes' named formats: `format.dns1123Label().validate(name)` gives what is wrong, none when nothing is.

import {
  dns1035LabelErrors,
  dns1035LabelName,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelName,
  labelValueErrors,
  qualifiedNameErrors,
  subdomainName,
} from "../../names.ts";
import { satisfiesFormat } from "../../schema/formats.ts";
import * as t from "../types.ts";
import { ArrayList, Opaque, Optional } from "../values.ts";
import { costs, func, type Library, method } from "./overload.ts";
import { urlProblem } from "./urls.ts";

const formatType = t.opaque("kubernetes.NamedFormat");

type Rule = (text: string) => string[];

function stringFormat(name: string, message: string): Rule {
  return (text) => (satisfiesFormat(text, name) ? [] : [message]);
}

const rules: Record<string, Rule> = {
  dns1123Label: dns1123LabelErrors,
  dns1123Subdomain: dns1123SubdomainErrors,
  dns1035Label: dns1035LabelErrors,
  qualifiedName: qualifiedNameErrors,
  dns1123LabelPrefix: (text) => labelName(text, true),
  dns1123SubdomainPrefix: (text) => subdomainName(text, true),
  dns1035LabelPrefix: (text) => dns1035LabelName(text, true),
  labelValue: labelValueErrors,
  uri: (text) => [urlProblem(text) ?? []].flat(),
  uuid: stringFormat("uuid", "does not match the UUID format"),
  byte: stringFormat("byte", "invalid base64"),
  date: stringFormat("date", "invalid date"),
  datetime: stringFormat("datetime", "invalid datetime"),
};

class FormatValue extends Opaque {
  readonly typeName = "kubernetes.NamedFormat";
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
  override equals(other: FormatValue): boolean {
    return this.name === other.name;
  }
}

const formats = new Map(Object.keys(rules).map((name) => [name, new FormatValue(name)]));

function named(name: string): Optional {
  const format = formats.get(name);
  return format === undefined ? Optional.none : new Optional(format);
}

function validate({ name }: FormatValue, text: string): Optional {
  const errors = rules[name]!(text);
  return errors.length === 0 ? Optional.none : new Optional(new ArrayList(errors));
}

/** Length of the pattern that a format is reckoned as. */
const patternLength = 100;
const validation = { cost: (_: number, text: number) => costs.regex(text, patternLength), resultSize: () => 4 };

export const formatFunctions: Library = {
  ...Object.fromEntries([...formats].map(([name, format]) => [`format.${name}`, [func([], formatType, () => format)]])),
  "format.named": [func([t.string], t.optional(formatType), named)],
  validate: [method([formatType, t.string], t.optional(t.list(t.string)), validate, validation)],
};
