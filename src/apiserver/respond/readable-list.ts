// Lists for people to read, as indented JSON or as YAML. Written item by item: the text of a whole list would hold the process for
// seconds.

import type { JsonObject } from "../../machinery/object.ts";
import { formatYaml } from "../../machinery/yaml.ts";

/** A list without its items. */
export interface ListFrame {
  head: JsonObject;
  /** The field that holds the items. */
  field: "items" | "rows";
}

/** The text of a list in parts, one for each batch of items. */
export async function* readableList(
  { head, field }: ListFrame,
  batches: AsyncIterable<JsonObject[]>,
  encoding: "json" | "yaml",
): AsyncGenerator<Uint8Array> {
  const writer = encoding === "yaml" ? yamlWriter(head, field) : jsonWriter(head, field);
  yield Buffer.from(writer.before);
  let empty = true;
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    yield Buffer.from((empty ? writer.first : writer.next) + batch.map(writer.item).join(writer.next));
    empty = false;
  }
  yield Buffer.from((empty ? writer.none : writer.last) + writer.after);
}

interface ListWriter {
  before: string;
  first: string;
  item: (item: JsonObject) => string;
  /** Between items. */
  next: string;
  last: string;
  /** Stands for no items at all. */
  none: string;
  after: string;
}

function jsonWriter(head: JsonObject, field: string): ListWriter {
  const text = JSON.stringify(head, null, 2);
  return {
    before: `${text.slice(0, -2)},\n  ${JSON.stringify(field)}: [`,
    first: "\n    ",
    item: (item) => JSON.stringify(item, null, 2).replaceAll("\n", "\n    "),
    next: ",\n    ",
    last: "\n  ",
    none: "",
    after: "]\n}\n",
  };
}

/** Keys are sorted: some of the head stand before the items, the others after them. */
function yamlWriter(head: JsonObject, field: string): ListWriter {
  const part = (wanted: (key: string) => boolean) => {
    const entries = Object.entries(head).filter(([key]) => wanted(key));
    return entries.length === 0 ? "" : formatYaml(Object.fromEntries(entries));
  };
  return {
    before: `${part((key) => key < field)}${field}:`,
    first: "\n",
    item: (item) => formatYaml([item]),
    next: "",
    last: "",
    none: " []\n",
    after: part((key) => key > field),
  };
}
