import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileJsonPath, compileJsonPathTemplate, getSimplePath, setSimplePath } from "./jsonpath.ts";

const pod = {
  kind: "Pod",
  metadata: { name: "web", labels: { "app.kubernetes.io/name": "web" } },
  spec: {
    containers: [
      { name: "main", image: "nginx", ports: [{ containerPort: 80 }, { containerPort: 443 }] },
      { name: "side", image: "envoy" },
      { name: "init", image: "busybox" },
    ],
  },
  status: {
    phase: "Running",
    ready: true,
    conditions: [
      { type: "Scheduled", status: "True" },
      { type: "Ready", status: "False", count: 3 },
    ],
  },
};

function find(path: string): unknown[] {
  const result = compileJsonPath(path);
  assert.ok(result.ok, result.ok ? "" : `${path}: ${result.error}`);
  return result.path.find(pod);
}

function render(text: string, missingKeys: "empty" | "error" = "empty"): string {
  const result = compileJsonPathTemplate(text);
  assert.ok(result.ok, result.ok ? "" : `${text}: ${result.error}`);
  const rendered = result.template.render(pod, { missingKeys });
  return rendered.ok ? rendered.text : `error: ${rendered.error}`;
}

test("paths find what kubectl finds", () => {
  const cases: [path: string, found: unknown[]][] = [
    [".metadata.name", ["web"]],
    ["{.metadata.name}", ["web"]],
    ["$.metadata.name", ["web"]],
    ["@.metadata.name", ["web"]],
    [".spec.containers[0].name", ["main"]],
    [".spec.containers[-1].name", ["init"]],
    [".spec.containers[*].name", ["main", "side", "init"]],
    [".spec.containers[0:2].name", ["main", "side"]],
    [".spec.containers[1:].name", ["side", "init"]],
    [".spec.containers[:-1].name", ["main", "side"]],
    [".spec.containers[::2].name", ["main", "init"]],
    [".spec.containers[0,2].name", ["main", "init"]],
    [".spec.containers[0]['name','image']", ["main", "nginx"]],
    [".metadata.labels.app\\.kubernetes\\.io/name", ["web"]],
    [".metadata.labels['app.kubernetes.io/name']", ["web"]],
    [".metadata.labels['app\\.kubernetes\\.io/name']", ["web"]],
    [".metadata.labels.*", ["web"]],
    ["..containerPort", [80, 443]],
    ['.status.conditions[?(@.type=="Ready")].status', ["False"]],
    [".status.conditions[?(@.type=='Ready')].status", ["False"]],
    [".status.conditions[?(@.type!='Ready')].status", ["True"]],
    [".status.conditions[?(@.count>2)].type", ["Ready"]],
    [".status.conditions[?(@.count<=2)].type", []],
    [".status.conditions[?(@.count)].type", ["Ready"]],
    [".spec.containers[?(@.ports[0].containerPort==80)].name", ["main"]],
    [".absent.name", []],
    [".spec.containers[9].name", []],
    [".metadata.name[0]", []],
    [".status.constructor", []],
  ];
  for (const [path, found] of cases) assert.deepEqual(find(path), found, path);
});

test("templates print what kubectl prints", () => {
  assert.equal(render("name: {.metadata.name}!"), "name: web!");
  assert.equal(render("{.spec.containers[*].name}"), "main side init");
  assert.equal(render("{.spec.containers[1]}"), '{"name":"side","image":"envoy"}');
  assert.equal(render("{.status.ready} {.status.conditions[1].count}"), "true 3");
  assert.equal(
    render('{range .spec.containers[*]}{.name}{"\\t"}{.image}{"\\n"}{end}'),
    "main\tnginx\nside\tenvoy\ninit\tbusybox\n",
  );
  assert.equal(
    render("{range .spec.containers[*]}{.name}:{range .ports[*]} {.containerPort}{end};{end}."),
    "main: 80 443;side:;init:;.",
  );
  assert.equal(render("{range .absent[*]}x{range .y}z{end}{end}after"), "after");
  assert.equal(render("{range .spec.containers[*]}{.name},"), "main,side,init,");
});

test("missing keys are empty, or an error where that is asked for", () => {
  assert.equal(render("[{.absent}]"), "[]");
  assert.equal(render("{.absent}", "error"), "error: absent is not found");
  assert.equal(render("{.status.conditions[?(@.count==3)].type}", "error"), "Ready");
  assert.equal(render("{.spec.containers[7]}"), "error: array index out of bounds: index 7, length 3");
  assert.equal(render("{.status.conditions[?(@.type==3)]}"), "error: incompatible types for comparison");
  assert.equal(render("{end}"), "error: not in range, nothing to end");
});

test("malformed paths say why", () => {
  const error = (text: string) => {
    const result = compileJsonPathTemplate(text);
    return result.ok ? undefined : result.error;
  };
  assert.equal(error("{.a"), "unclosed action");
  assert.equal(error("{.a[0}"), "unterminated array");
  assert.equal(error("{.a[x]}"), "invalid array index x");
  assert.equal(error("{.a[?(@.b==1}"), "unterminated filter");
  assert.equal(error("{.a[?(@.b==1)}"), "unclosed array expect ]");
  assert.equal(error('{"abc}'), "unterminated quoted string");
  assert.equal(error("{#}"), "unrecognized character in action: U+0023 '#'");
  assert.equal(error("{.....}"), "invalid multiple recursive descent");
  assert.equal(error("{foo}"), "unrecognized identifier foo");
  assert.equal(error("{.a[::0]}"), "step must be > 0");
});

test("paths that visit too much find nothing", () => {
  let deep: unknown = { x: 1 };
  for (let level = 0; level < 12; level++) deep = { a: deep, b: deep };
  const compiled = compileJsonPath("...*...*...*");
  assert.ok(compiled.ok);
  assert.deepEqual(compiled.path.find(deep), []);
});

test("any text is answered", () => {
  const pieces = fc.constantFrom(
    ".",
    "..",
    "a",
    "[",
    "]",
    "[?(",
    "@",
    "==",
    ")",
    "'",
    '"',
    "{",
    "}",
    "*",
    "0",
    "-",
    ":",
    ",",
    "\\",
    " ",
    "range",
    "end",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (list) => {
      const text = list.join("");
      const path = compileJsonPath(text);
      if (path.ok) path.path.find(pod);
      const template = compileJsonPathTemplate(`{${text}}`);
      if (template.ok) template.template.render(pod);
    }),
    { numRuns: 3000 },
  );
});

test("plain paths are read and set", () => {
  assert.equal(getSimplePath({ spec: { replicas: 0 } }, ".spec.replicas"), 0);
  assert.equal(getSimplePath({ spec: 1 }, ".spec.replicas"), undefined);
  assert.equal(getSimplePath({}, ".constructor.name"), undefined);
  const object = {};
  assert.equal(setSimplePath(object, ".spec.a.replicas", 3), true);
  assert.deepEqual(object, { spec: { a: { replicas: 3 } } });
  assert.equal(setSimplePath(object, ".spec.a.replicas.x", 3), false);
  assert.equal(setSimplePath(object, ".__proto__.x", 3), false);
  assert.deepEqual(object, { spec: { a: { replicas: 3 } } });
});
