import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "./metrics.ts";

test("metrics are told in the text of Prometheus", () => {
  const metrics = new Metrics();
  const requests = metrics.counter("requests_total", "Requests.", ["verb", "code"]);
  const seconds = metrics.histogram("seconds", "Time.", [], [0.1, 1]);
  metrics.gauge("revision", "Revision.", [], () => [[[], 7]]);
  requests.add(["GET", "200"]);
  requests.add(["GET", "200"]);
  requests.add(['a"b\\', "500"], 3);
  for (const value of [0.05, 0.5, 0.5, 5]) seconds.observe([], value);
  assert.equal(
    metrics.text(),
    `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{verb="GET",code="200"} 2
requests_total{verb="a\\"b\\\\",code="500"} 3
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{le="0.1"} 1
seconds_bucket{le="1"} 3
seconds_bucket{le="+Inf"} 4
seconds_sum 6.05
seconds_count 4
# HELP revision Revision.
# TYPE revision gauge
revision 7
`,
  );
});
