/**
 * A process of its own for tests of the journal: `fill` appends until told enough or refused, `append`
 * appends durably and prints each acknowledged id, `hold` keeps the process lock, `hold-byte` a byte.
 */
import { hostClock, JournalError, nodeDisk, openAdvisoryLock, openJournal } from "../../src/journal/index.js";
import { appendId, idsFold } from "./sim-disk-scripts.js";

const [command, directory = "", argument = "0"] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const open = (): ReturnType<typeof openJournal<{ ids: { id: number; seq: number }[] }>> =>
  openJournal({ directory, fold: idsFold, clock: hostClock(), disk: nodeDisk(), compaction: false });

/** A file-size limit raises a signal that ends a process by default. */
process.on("SIGXFSZ", () => undefined);

async function fill(count: number): Promise<void> {
  const journal = await open();
  for (let index = 0; index < count; index += 1) {
    try {
      await journal.transact(appendId(index, "durable"));
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      say(`kept ${(await journal.read()).seq} ${error.failure.code}`);
      return;
    }
  }
  say(`kept ${(await journal.read()).seq}`);
  await journal.close();
}

async function append(base: number): Promise<void> {
  const journal = await open();
  for (let index = 0; ; index += 1) {
    const id = base + index;
    await journal.transact(appendId(id, index % 3 === 2 ? "relaxed" : "durable"));
    say(String(id));
  }
}

async function hold(): Promise<void> {
  const journal = await open();
  await journal.transact((_, { seq }) => {
    process.stdout.write("held\n");
    const pause = new Int32Array(new SharedArrayBuffer(4));
    Atomics.wait(pause, 0, 0, Number(argument));
    return { events: [], durability: "relaxed", result: seq };
  });
  await journal.close();
}

async function main(): Promise<void> {
  if (command === "fill") await fill(Number(argument));
  else if (command === "append") await append(Number(argument));
  else if (command === "hold") await hold();
  else {
    say(String(openAdvisoryLock({ path: directory }).tryLock(Number(argument))));
    setInterval(() => undefined, 1_000);
  }
}

await main();
