/** The journal on a real disk, in real time. */
import { assertEquals } from "@std/assert";
import type { Operation } from "../../actors/actor.ts";
import { RealEnvironment } from "../../actors/real_environment.ts";
import { ActorSystem } from "../../actors/system.ts";
import type { Ref } from "../../actors/ref.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";
import { DenoDisk } from "../../storage/deno_disk.ts";
import { journal } from "../../storage/journal.ts";
import { bytes, text } from "./support.ts";

const ignore = ["read", "write"].some((name) => {
  return Deno.permissions.querySync({ name: name as "read" }).state !== "granted";
});

type Ask = <R extends JournalReply>(
  request: (replyTo: Ref<JournalReply>) => JournalRequest,
) => Promise<R>;

/** Runs a journal on a directory for a while. */
async function withJournal(path: string, use: (ask: Ask) => Promise<void>): Promise<void> {
  const disk = new DenoDisk(path);
  const environment = new RealEnvironment({ onLog: () => {} });
  const system = new ActorSystem({ node: 0, environment });
  const options = { segmentBytes: 20_000, preallocateBytes: 4_096 };
  const actor = system.spawn<JournalRequest>("journal", journal(disk, options));
  const ask = (request: (replyTo: Ref<JournalReply>) => JournalRequest) =>
    system.ask<JournalRequest, JournalReply>(actor, request, { timeoutMs: 60_000 });
  try {
    await use(ask as Ask);
  } finally {
    system.shutdown();
    await disk.close();
  }
}

async function loaded(ask: Ask) {
  return await ask<Extract<JournalReply, { type: "loaded" }>>((replyTo) => ({
    type: "load",
    replyTo,
  }));
}

Deno.test({
  name: "journal() keeps everything on a real disk, restart after restart",
  ignore,
  fn: async () => {
    const path = await Deno.makeTempDir();
    try {
      for (let round = 0; round < 3; round++) {
        await withJournal(path, async (ask) => {
          const { first, entries, record, damage } = await loaded(ask);
          const last = first + entries.length - 1;
          assertEquals(damage, undefined);
          assertEquals(last, round * 200);
          assertEquals(text(record), round === 0 ? "(none)" : `round ${round - 1}`);
          const appends = Array.from({ length: 200 }, (_, index) => {
            const op = last + 1 + index;
            const entry = bytes(`${op}`.padEnd(op % 500, "."));
            return ask((replyTo) => ({
              type: "append",
              ticket: index,
              first: op,
              entries: [entry],
              replyTo,
            }));
          });
          appends.push(ask((replyTo) => {
            return { type: "record", ticket: 200, record: bytes(`round ${round}`), replyTo };
          }));
          const answers = await Promise.all(appends);
          assertEquals(answers.at(-1), { type: "durable", ticket: 200 });
        });
      }
      await withJournal(path, async (ask) => {
        const { entries } = await loaded(ask);
        assertEquals(entries.map((entry) => parseInt(text(entry))).slice(-3), [598, 599, 600]);
      });
    } finally {
      await Deno.remove(path, { recursive: true });
    }
  },
});

Deno.test({
  name: "journal() survives a crash while a real disk is syncing",
  ignore,
  fn: async () => {
    const path = await Deno.makeTempDir();
    try {
      const disk = new DenoDisk(path);
      const { promise: synced, resolve } = Promise.withResolvers<void>();
      const write = disk.writeThrough.bind(disk);
      disk.writeThrough = (...args): Operation<void> => (done) => {
        resolve();
        write(...args)(done);
      };
      const environment = new RealEnvironment({ onLog: () => {} });
      const system = new ActorSystem({ node: 0, environment });
      const actor = system.spawn<JournalRequest>("journal", journal(disk));
      const replyTo = system.named<JournalReply>("nobody");
      const append = (first: number): JournalRequest => {
        return { type: "append", ticket: 1, first, entries: [bytes("x")], replyTo };
      };
      system.send(actor, append(1));
      await synced;
      system.crash("journal");
      const restarted = Promise.withResolvers<void>();
      system.events.subscribe(({ type }) => type === "restarted" && restarted.resolve());
      await restarted.promise;
      const answer = await system.ask<JournalRequest, JournalReply>(
        actor,
        (replyTo) => ({ ...append(1), replyTo } as JournalRequest),
        { timeoutMs: 60_000 },
      );
      assertEquals(answer.type, "durable");
      system.shutdown();
      await disk.close();
      await withJournal(path, async (ask) => {
        assertEquals((await loaded(ask)).entries.map(text), ["x"]);
      });
    } finally {
      await Deno.remove(path, { recursive: true });
    }
  },
});
