// The rules of names, labels, keys and ports. Every rule returns the texts of what is wrong, in the words of Kubernetes, and none when
// the value is valid.
// Source: k8s.io/apimachinery pkg/util/validation, pkg/api/validate/content, pkg/api/validation/path.

/** A rule for `metadata.name`; with `isPrefix` the value is a `generateName`, to which a suffix will be appended. */
export type NameRule = (name: string, isPrefix: boolean) => string[];

const labelPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomainPattern = `${labelPattern}(\\.${labelPattern})*`;
const dns1035Pattern = "[a-z]([-a-z0-9]*[a-z0-9])?";
const qualifiedNamePattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const labelValuePattern = `(${qualifiedNamePattern})?`;
const wildcardPattern = `\\*\\.${subdomainPattern}`;
const identifierPattern = "[A-Za-z_][A-Za-z0-9_]*";
const configKeyPattern = "[-._a-zA-Z0-9]+";
const headerPattern = "[-A-Za-z0-9]+";
const percentPattern = "[0-9]+%";

// These patterns are our own constants and match in linear time: each repeats a class that cannot match what follows it twice.
const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`);
const label = whole(labelPattern);
const dns1035 = whole(dns1035Pattern);
const qualifiedName = whole(qualifiedNamePattern);
const labelValue = whole(labelValuePattern);
const identifier = whole(identifierPattern);
const configKey = whole(configKeyPattern);
const header = whole(headerPattern);
const percent = whole(percentPattern);

/** Lengths of labels (DNS labels, label names and values) and subdomains. */
export const labelLength = 63;
export const subdomainLength = 253;

function patternText(message: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return `${message} (${shown === "" ? "" : `e.g. ${shown}`}regex used for validation is '${pattern}')`;
}

function tooManyCharacters(maximum: number): string {
  return `must be no more than ${maximum} characters`;
}
function tooManyBytes(maximum: number): string {
  return `must be no more than ${maximum} bytes`;
}

/** Length in bytes, as Go counts; cheap for the ordinary short text. */
function longerThan(value: string, maximum: number): boolean {
  return value.length > maximum || (value.length * 3 > maximum && Buffer.byteLength(value) > maximum);
}

/** Whether dot-separated parts are all DNS labels; a loop, because the pattern as a whole could backtrack. */
function isSubdomain(value: string): boolean {
  return value.split(".").every((part) => label.test(part));
}

const labelText = patternText(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  labelPattern,
  "my-name",
  "123-abc",
);

/** DNS label of RFC 1123: `my-name`, `123-abc`. */
export function dns1123LabelErrors(value: string): string[] {
  const errors: string[] = [];
  if (longerThan(value, labelLength)) errors.push(tooManyCharacters(labelLength));
  if (!label.test(value)) errors.push(isSubdomain(value) ? "must not contain dots" : labelText);
  return errors;
}

const subdomainText = patternText(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomainPattern,
  "example.com",
);

/** DNS subdomain of RFC 1123: `example.com`. */
export function dns1123SubdomainErrors(value: string): string[] {
  const errors: string[] = [];
  if (longerThan(value, subdomainLength)) errors.push(tooManyCharacters(subdomainLength));
  if (!isSubdomain(value)) errors.push(subdomainText);
  return errors;
}

/** DNS label of RFC 1035, which begins with a letter. */
export function dns1035LabelErrors(value: string): string[] {
  const errors: string[] = [];
  if (longerThan(value, labelLength)) errors.push(tooManyCharacters(labelLength));
  if (!dns1035.test(value)) {
    errors.push(
      patternText(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        dns1035Pattern,
        "my-name",
        "abc-123",
      ),
    );
  }
  return errors;
}

/** `*.example.com`. */
export function wildcardSubdomainErrors(value: string): string[] {
  const errors: string[] = [];
  if (longerThan(value, subdomainLength)) errors.push(tooManyCharacters(subdomainLength));
  if (!value.startsWith("*.") || !isSubdomain(value.slice(2))) {
    errors.push(
      patternText(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        wildcardPattern,
        "*.example.com",
      ),
    );
  }
  return errors;
}

const qualifiedNameText = patternText(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualifiedNamePattern,
  "MyName",
  "my.name",
  "123-abc",
);

/** Label keys, finalizers, resource names: a name with an optional subdomain before a slash. */
export function qualifiedNameErrors(value: string): string[] {
  const slash = value.indexOf("/");
  const name = value.slice(slash + 1);
  if (name.includes("/")) {
    return [
      `a valid label key ${qualifiedNameText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const errors: string[] = [];
  if (slash === 0) errors.push("prefix part must be non-empty");
  if (slash > 0) {
    const prefix = value.slice(0, slash);
    if (longerThan(prefix, subdomainLength)) errors.push(`prefix part ${tooManyBytes(subdomainLength)}`);
    if (!isSubdomain(prefix)) errors.push(`prefix part ${subdomainText}`);
  }
  if (name === "") errors.push("name part must be non-empty");
  else if (longerThan(name, labelLength)) errors.push(`name part ${tooManyBytes(labelLength)}`);
  if (!qualifiedName.test(name)) errors.push(`name part ${qualifiedNameText}`);
  return errors;
}

/** Values of labels; may be empty. */
export function labelValueErrors(value: string): string[] {
  const errors: string[] = [];
  if (longerThan(value, labelLength)) errors.push(tooManyBytes(labelLength));
  if (!labelValue.test(value)) {
    errors.push(
      patternText(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        labelValuePattern,
        "MyValue",
        "my_value",
        "12345",
      ),
    );
  }
  return errors;
}

/** Identifiers of C. */
export function cIdentifierErrors(value: string): string[] {
  if (identifier.test(value)) return [];
  return [
    patternText(
      "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
      identifierPattern,
      "my_name",
      "MY_NAME",
      "MyName",
    ),
  ];
}

/** Names of environment variables: printable ASCII without `=`. */
export function envVarNameErrors(value: string): string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  if (/^[ -<>-~]+$/.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** IANA service names, as ports are called. */
export function portNameErrors(value: string): string[] {
  const errors: string[] = [];
  if (longerThan(value, 15)) errors.push(tooManyCharacters(15));
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(value)) errors.push("must contain at least one letter (a-z)");
  if (value.includes("--")) errors.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
}

/** A whole number between two bounds, both included. */
export function rangeErrors(value: number, minimum: number, maximum: number): string[] {
  return value >= minimum && value <= maximum ? [] : [`must be between ${minimum} and ${maximum}, inclusive`];
}

/** Names of HTTP header fields. */
export function httpHeaderNameErrors(value: string): string[] {
  if (header.test(value)) return [];
  return [
    patternText("a valid HTTP header must consist of alphanumeric characters or '-'", headerPattern, "X-Header-Name"),
  ];
}

/** Keys of ConfigMaps and Secrets, which become file names. */
export function configMapKeyErrors(value: string): string[] {
  const errors: string[] = [];
  if (longerThan(value, subdomainLength)) errors.push(tooManyCharacters(subdomainLength));
  if (!configKey.test(value)) {
    errors.push(
      patternText(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        configKeyPattern,
        "key.name",
        "KEY_NAME",
        "key-name",
      ),
    );
  }
  if (value === "." || value === "..") errors.push(`must not be '${value}'`);
  else if (value.startsWith("..")) errors.push("must not start with '..'");
  return errors;
}

/** `93%`. */
export function percentErrors(value: string): string[] {
  if (percent.test(value)) return [];
  return [
    patternText(
      "a valid percent string must be a numeric string followed by an ending '%'",
      percentPattern,
      "1%",
      "93%",
    ),
  ];
}

/** Names that only have to fit into a path, as those of RBAC. */
export const pathSegmentNameErrors: NameRule = (name, isPrefix) => {
  if (!isPrefix && (name === "." || name === "..")) return [`may not be '${name}'`];
  return ["/", "%"]
    .filter((character) => name.includes(character))
    .map((character) => `may not contain '${character}'`);
};

/** A rule of plain values as a rule of names: a prefix may end with a dash, as the suffix follows. */
export function nameRule(errors: (value: string) => string[]): NameRule {
  return (name, isPrefix) => errors(isPrefix && name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name);
}

/** The rules that most kinds have for their names. */
export const subdomainName = nameRule(dns1123SubdomainErrors);
export const labelName = nameRule(dns1123LabelErrors);
export const dns1035LabelName = nameRule(dns1035LabelErrors);

/** The alphabet of generated names: no vowels, nothing that looks like another character. */
const suffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/** A random suffix of names; `random` gives a whole number from 0 up to and without its argument. */
export function randomSuffix(random: (limit: number) => number, length: number): string {
  let suffix = "";
  for (let index = 0; index < length; index++) suffix += suffixAlphabet[random(suffixAlphabet.length)];
  return suffix;
}
