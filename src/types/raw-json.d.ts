// JSON.rawJSON and the reviver's source text are in Node 24 but not yet in TypeScript's library.
interface RawJSON {
  readonly rawJSON: string;
}

interface JSON {
  /** A value that `JSON.stringify` writes as this text. */
  rawJSON(text: string): RawJSON;
  isRawJSON(value: unknown): value is RawJSON;
  parse(
    text: string,
    // biome-ignore lint/suspicious/noExplicitAny: the signature of the standard
    reviver: (this: any, key: string, value: any, context: { source?: string }) => any,
  ): unknown;
}
