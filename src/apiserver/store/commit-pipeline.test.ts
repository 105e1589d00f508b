import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CommitPipeline } from "./commit-pipeline.ts";

/** A pipeline whose commits end when the test says so. */
function pipeline() {
  const sent: { batch: readonly string[]; succeed(): void; fail(cause: string): void }[] = [];
  const settled: string[] = [];
  const refused: { writes: readonly string[]; cause: unknown }[] = [];
  const commits = new CommitPipeline<string>({
    commit: (batch) =>
      new Promise((resolve, reject) => {
        sent.push({ batch, succeed: resolve, fail: (cause) => reject(cause) });
      }),
    settle: (batch) => settled.push(...batch),
    refuse: async (writes, cause) => {
      refused.push({ writes, cause });
    },
  });
  return { commits, sent, settled, refused };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the way of writes to the engine", () => {
  test("sends what one turn decided as one batch, without waiting for the batch before", async () => {
    const { commits, sent } = pipeline();
    commits.add("a");
    commits.add("b");
    await turn();
    commits.add("c");
    await turn();
    assert.deepEqual(
      sent.map(({ batch }) => batch),
      [["a", "b"], ["c"]],
    );
  });

  test("settles batches in their order, whichever ends first", async () => {
    const { commits, sent, settled } = pipeline();
    commits.add("a");
    await turn();
    commits.add("b");
    await turn();
    sent[1]!.succeed();
    await turn();
    assert.deepEqual(settled, []);
    sent[0]!.succeed();
    await turn();
    assert.deepEqual(settled, ["a", "b"]);
  });

  test("gathers larger batches while many are under way", async () => {
    const { commits, sent } = pipeline();
    for (let write = 0; write < 10; write++) {
      commits.add(String(write));
      await turn();
    }
    const before = sent.length;
    assert.ok(before < 10);
    sent[0]!.succeed();
    await turn();
    assert.equal(sent.length, before + 1);
    assert.equal(sent[before]!.batch.length, 10 - before);
  });

  test("fails all writes together, once, when a batch is refused, and only when nothing is under way", async () => {
    const { commits, sent, settled, refused } = pipeline();
    for (const write of ["a", "b", "c"]) {
      commits.add(write);
      await turn();
    }
    sent[0]!.succeed();
    await turn();
    assert.deepEqual(sent[2]!.batch, ["c"]);
    sent[1]!.fail("disk");
    await turn();
    commits.add("d");
    await turn();
    assert.deepEqual(refused, [], "the third batch may still be written");
    assert.equal(sent.length, 3, "nothing more is sent");
    sent[2]!.fail("follows a refused batch");
    await turn();
    assert.deepEqual(settled, ["a"]);
    assert.deepEqual(refused, [{ writes: ["b", "c", "d"], cause: "disk" }]);
    commits.add("e");
    await turn();
    assert.deepEqual(sent[3]!.batch, ["e"], "and goes on afterwards");
  });

  test("drains until every write is settled or refused", async () => {
    const { commits, sent, settled } = pipeline();
    commits.add("a");
    let drained = false;
    const done = commits.drain().then(() => {
      drained = true;
    });
    await turn();
    assert.equal(drained, false);
    sent[0]!.succeed();
    await done;
    assert.deepEqual(settled, ["a"]);
  });
});
