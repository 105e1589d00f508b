// `+` on lists: joined, and for Kubernetes' set and map lists merged as server-side apply would.

import { listContains } from "../equality.ts";
import type { Meter } from "../meter.ts";
import { ArrayList, itemsOf, type List, type Value } from "../values.ts";

/** The list type of the left side decides. Items of the right side replace those with the same key in place; others follow. */
export function concatenate(a: List, b: List, meter: Meter): List {
  meter.work(a.size + b.size);
  const { semantics } = a;
  const items = [...itemsOf(a)];
  if (semantics.type === "atomic") {
    for (const item of itemsOf(b)) items.push(item);
  } else if (semantics.type === "set") {
    const seen = new Set<Value>(items);
    for (const item of itemsOf(b)) {
      if (seen.has(item) || (typeof item === "object" && listContains(new ArrayList(items), item, meter))) continue;
      seen.add(item);
      items.push(item);
    }
  } else {
    const positions = new Map(items.map((item, index) => [semantics.keyOf(item), index]));
    for (const item of itemsOf(b)) {
      const position = positions.get(semantics.keyOf(item)) ?? items.length;
      items[position] = item;
    }
  }
  return new ArrayList(items, semantics);
}
