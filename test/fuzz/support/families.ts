// All requests that are fuzzed, by what is odd about them.

import type fc from "fast-check";
import { damagedBodies, jsonBodies, patchRequests, protobufBodies, yamlBodies } from "./body-requests.ts";
import { customObjectRequests, definitionRequests } from "./definition-requests.ts";
import { headerRequests, pathRequests, queryRequests } from "./shape-requests.ts";
import type { RawRequest } from "./wire.ts";

export const families: Record<string, fc.Arbitrary<RawRequest>> = {
  "JSON bodies": jsonBodies,
  "damaged bodies": damagedBodies,
  "protobuf bodies": protobufBodies,
  "YAML bodies": yamlBodies,
  patches: patchRequests,
  queries: queryRequests,
  paths: pathRequests,
  headers: headerRequests,
  definitions: definitionRequests,
  "custom objects": customObjectRequests,
};
