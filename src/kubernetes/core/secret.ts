// The kind Secret: opaque bytes, or one of the types whose keys are known.

import { type FieldError, invalid, keyPath, required, tooLong } from "../../machinery/field-error.ts";
import { isObject, type KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkImmutable, entriesOf } from "../validation/fields.ts";
import { checkDataKeys, checkImmutableData, maxDataSize, sizeOfBytes } from "./config-data.ts";

const serviceAccountName = "kubernetes.io/service-account.name";

export const secretKind = builtin({
  group: "",
  kind: "Secret",
  versions: ["v1"],
  columns: [
    textColumn("Type", "What the secret holds", (secret) => secret.type ?? ""),
    countColumn("Data", "Number of keys", (secret) => entriesOf(secret.data).length, "string"),
    ageColumn,
  ],
  selectableFields: ["type"],
  strategy: {
    generation: "none",
    defaults: defaultSecret,
    validate: validateSecret,
    validateUpdate(secret, old) {
      const errors: FieldError[] = [];
      checkImmutable(secret.type, old.type, "type", errors);
      checkImmutableData(secret, old, ["data"], errors);
      return errors;
    },
  },
});

/** `stringData` is write-only: its texts replace the bytes of the same keys. */
function defaultSecret(secret: KubeObject): void {
  secret.type ||= "Opaque";
  const texts = entriesOf(secret.stringData);
  delete secret.stringData;
  if (texts.length === 0) return;
  const encoded = texts.map(([key, text]): [string, string] => [key, Buffer.from(String(text)).toString("base64")]);
  secret.data = Object.fromEntries([...entriesOf(secret.data), ...encoded]);
}

function validateSecret(secret: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkDataKeys(secret.data, "data", errors);
  if (sizeOfBytes(secret.data) > maxDataSize) errors.push(tooLong("data", maxDataSize));
  checkType(secret, errors);
  return errors;
}

function checkType(secret: KubeObject, errors: FieldError[]): void {
  const data = secret.data ?? {};
  const has = (key: string) => Object.hasOwn(data, key);
  const need = (...keys: string[]) => {
    for (const key of keys) errors.push(required(keyPath("data", key)));
  };
  switch (secret.type) {
    case "kubernetes.io/service-account-token":
      if (!secret.metadata.annotations?.[serviceAccountName]) {
        errors.push(required(keyPath("metadata.annotations", serviceAccountName)));
      }
      break;
    case "kubernetes.io/dockercfg":
      checkJsonKey(data, ".dockercfg", errors);
      break;
    case "kubernetes.io/dockerconfigjson":
      checkJsonKey(data, ".dockerconfigjson", errors);
      break;
    case "kubernetes.io/basic-auth":
      if (!has("username") && !has("password")) need("username", "password");
      break;
    case "kubernetes.io/ssh-auth":
      if (!has("ssh-privatekey") || data["ssh-privatekey"] === "") need("ssh-privatekey");
      break;
    case "kubernetes.io/tls":
      need(...["tls.crt", "tls.key"].filter((key) => !has(key)));
      break;
  }
}

function checkJsonKey(data: Record<string, string>, key: string, errors: FieldError[]): void {
  const path = keyPath("data", key);
  if (!Object.hasOwn(data, key)) {
    errors.push(required(path));
    return;
  }
  const problem = jsonObjectProblem(Buffer.from(data[key] ?? "", "base64").toString());
  if (problem !== undefined) errors.push(invalid(path, "<secret contents redacted>", problem));
}

/** The contents are not part of the message. */
function jsonObjectProblem(text: string): string | undefined {
  if (text.trim() === "") return "unexpected end of JSON input";
  try {
    const value: unknown = JSON.parse(text);
    return value === null || isObject(value) ? undefined : "json: the value is not an object";
  } catch {
    return "json: the contents are not valid JSON";
  }
}
