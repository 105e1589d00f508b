// Counters, gauges and histograms, and their Prometheus text. Series of one metric are kept by their label values.
// Source of the format: the Prometheus text exposition format 0.0.4.

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  lines(): Iterable<string>;
}

/** The metrics of one server. */
export class Metrics {
  readonly #families: Family[] = [];

  counter(name: string, help: string, labels: readonly string[]): Counter {
    const counter = new Counter(name, help, labels);
    this.#families.push(counter);
    return counter;
  }

  /** A value that is read when it is asked for. */
  gauge(
    name: string,
    help: string,
    labels: readonly string[],
    read: () => Iterable<[values: string[], value: number]>,
  ): void {
    this.#families.push({
      name,
      help,
      type: "gauge",
      *lines() {
        for (const [values, value] of read()) yield `${name}${labelText(labels, values)} ${value}`;
      },
    });
  }

  histogram(name: string, help: string, labels: readonly string[], buckets: readonly number[]): Histogram {
    const histogram = new Histogram(name, help, labels, buckets);
    this.#families.push(histogram);
    return histogram;
  }

  text(): string {
    let text = "";
    for (const family of this.#families) {
      text += `# HELP ${family.name} ${family.help}\n# TYPE ${family.name} ${family.type}\n`;
      for (const line of family.lines()) text += `${line}\n`;
    }
    return text;
  }
}

/** Separates label values in the keys of series; it cannot occur in them. */
const separator = "\u0000";

export class Counter implements Family {
  readonly name: string;
  readonly help: string;
  readonly type = "counter";
  readonly #labels: readonly string[];
  readonly #series = new Map<string, number>();

  constructor(name: string, help: string, labels: readonly string[]) {
    this.name = name;
    this.help = help;
    this.#labels = labels;
  }

  add(values: readonly string[], amount = 1): void {
    const key = values.join(separator);
    this.#series.set(key, (this.#series.get(key) ?? 0) + amount);
  }

  *lines(): Iterable<string> {
    for (const [key, value] of this.#series)
      yield `${this.name}${labelText(this.#labels, key.split(separator))} ${value}`;
  }
}

export class Histogram implements Family {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly #labels: readonly string[];
  readonly #buckets: readonly number[];
  readonly #series = new Map<string, { counts: number[]; sum: number; count: number }>();

  constructor(name: string, help: string, labels: readonly string[], buckets: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#labels = labels;
    this.#buckets = buckets;
  }

  observe(values: readonly string[], amount: number): void {
    const key = values.join(separator);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { counts: new Array(this.#buckets.length).fill(0), sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    series.sum += amount;
    series.count++;
    const bucket = this.#buckets.findIndex((limit) => amount <= limit);
    if (bucket >= 0) series.counts[bucket]!++;
  }

  *lines(): Iterable<string> {
    const labels = [...this.#labels, "le"];
    for (const [key, { counts, sum, count }] of this.#series) {
      const values = key === "" && this.#labels.length === 0 ? [] : key.split(separator);
      let below = 0;
      for (let index = 0; index < counts.length; index++) {
        below += counts[index]!;
        yield `${this.name}_bucket${labelText(labels, [...values, String(this.#buckets[index])])} ${below}`;
      }
      yield `${this.name}_bucket${labelText(labels, [...values, "+Inf"])} ${count}`;
      yield `${this.name}_sum${labelText(this.#labels, values)} ${sum}`;
      yield `${this.name}_count${labelText(this.#labels, values)} ${count}`;
    }
  }
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return "";
  return `{${names.map((name, index) => `${name}="${escapeValue(values[index] ?? "")}"`).join(",")}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
