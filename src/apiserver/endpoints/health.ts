// /livez, /readyz and /healthz with named checks. Source of the forms: apiserver/pkg/server/healthz.

export interface HealthCheck {
  name: string;
  /** Undefined when all is well, else what is wrong. */
  check(): string | undefined | Promise<string | undefined>;
}

export interface HealthAnswer {
  code: number;
  text: string;
}

/** Answers `/livez` and the like, with `?verbose`, `?exclude=NAME` and `/livez/NAME`. */
export async function answerHealth(
  endpoint: string,
  name: string,
  checks: readonly HealthCheck[],
  query: URLSearchParams,
): Promise<HealthAnswer | undefined> {
  if (name !== "") {
    const check = checks.find((candidate) => candidate.name === name);
    if (check === undefined) return undefined;
    const problem = await check.check();
    if (problem === undefined) return { code: 200, text: "ok" };
    return { code: 500, text: `internal server error: ${problem}\n` };
  }
  const excluded = new Set(query.getAll("exclude"));
  const lines: string[] = [];
  const unknown = [...excluded].filter((each) => each !== "" && !checks.some((check) => check.name === each));
  let failed = false;
  for (const check of checks) {
    if (excluded.has(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const problem = await check.check();
    if (problem === undefined) lines.push(`[+]${check.name} ok`);
    else {
      failed = true;
      // Why is for the logs: this page may be read by anybody.
      lines.push(`[-]${check.name} failed: reason withheld`);
    }
  }
  if (unknown.length > 0) {
    const names = unknown.map((each) => JSON.stringify(each)).join(", ");
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (failed) return { code: 500, text: `${lines.join("\n")}\n${endpoint} check failed\n` };
  if (query.has("verbose")) return { code: 200, text: `${lines.join("\n")}\n${endpoint} check passed\n` };
  return { code: 200, text: "ok" };
}
