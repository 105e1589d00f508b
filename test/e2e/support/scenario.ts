// Scenarios: what a person does at a terminal, as a table of command lines and what they print. The tables are in ../kubectl/.

/** A command line, what it prints (see expected.ts), and what else there is to know. */
export type Step = [line: string, prints: string | RegExp, options?: StepOptions];

export interface StepOptions {
  /** Exit code; default 0. */
  code?: number;
  /** Minor versions of kubectl that behave so: from `since` on, up to `until`. */
  since?: number;
  until?: number;
  /** Repeats the command until it prints what is expected: something else has to happen first. */
  eventually?: true;
}

export interface Scenario {
  name: string;
  /** Files of the working directory, by name. */
  files?: Record<string, string>;
  /** The first minor version of kubectl that can do this. */
  since?: number;
  /** Run with the newest kubectl only: it shows the server's behaviour, which older ones show in the same way. */
  newestOnly?: true;
  steps: Step[];
}
