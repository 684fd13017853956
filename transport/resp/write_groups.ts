import {
  BATCH_BYTES,
  BATCHED_BYTES,
  decodeResult,
  encodeBatch,
  type KeyResult,
  type KvResult,
  type Unreadable,
} from "../../protocols/kv/commands.ts";
import { TroupeError } from "../../actors/errors.ts";
import { type Requests, Unavailable } from "../service.ts";
import { RespError } from "./reply.ts";

/** What groups are made with. */
export interface WriteGroupsOptions {
  readonly requests: Requests;
  /** The longest command that may be submitted, in bytes. */
  readonly commandBytesMax: number;
  /** How long a write is tried, in milliseconds. */
  readonly requestMs: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Some writes that are executed one right after the other, and wait for their results together. */
interface Write {
  readonly count: number;
  /** Takes the results of the whole group, of which its own begin at `first`; may throw. */
  readonly resolve: (results: readonly KeyResult[], first: number) => void;
  readonly reject: (error: unknown) => void;
}

interface Group {
  /** When its first write came, in milliseconds. */
  readonly since: number;
  readonly commands: Uint8Array[];
  readonly writes: Write[];
  bytes: number;
}

/** How many groups are under way at once. What comes meanwhile makes the next one the larger. */
const UNDER_WAY_MAX = 4;
/**
 * With so many commands at least, the next group waits for the clients that were just answered, who are about
 * to ask again: an entry of the log costs every replica some 0.3 ms beside what its commands cost.
 */
const LOADED_COMMANDS = 8;
/** The share of them that is enough: some may have nothing more to ask. */
const ENOUGH = 0.9;
/**
 * So many are enough in any case: the cost of the entry is little beside theirs, and with pipelines it is better
 * that a group is gathered while others are under way (64 connections with 16 commands each: 15 % more).
 */
const ENOUGH_COMMANDS = 64;
/** How long it waits after a group was answered, in milliseconds. */
const WAIT_MS = 5;
/** A group that has so many bytes is not added to: it would keep others waiting. */
const GROUP_BYTES = 256 * 1024;

/**
 * Makes one command of the writes that come in one turn of the event loop, of whatever connections, and of
 * those that come while earlier ones are under way. A group costs its session, its place in the log and
 * its messages once, which of a single write is nearly all there is. Each write is decided for itself.
 */
export class WriteGroups {
  readonly #options: WriteGroupsOptions;
  /** Groups to be sent, in their order; only the last is added to. */
  readonly #groups: Group[] = [];
  /** How many groups there were. */
  #count = 0;
  /** How many groups are under way, and commands in them. */
  #underWay = 0;
  #commandsUnderWay = 0;
  /** How many commands the next group waits for, and until when. */
  #expected = 0;
  #expectedUntil = 0;
  #isFlushing = false;
  /** Goes off when who is expected is late. */
  #late: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WriteGroupsOptions) {
    this.#options = options;
  }

  /** The number of the group that commands of at most so many bytes are added to: see `Store.groupFor`. */
  groupFor(bytes: number): number {
    return this.#hasRoom(bytes) ? this.#count : this.#count + 1;
  }

  /**
   * Has a command executed.
   *
   * @param command What `encodeCommand()` made of a command on a key.
   * @param read Makes of its result what is promised; what it throws rejects the promise. (That costs one promise
   * less than to do it when the result is there.)
   */
  add<T>(command: Uint8Array, read: (result: KeyResult) => T): Promise<T> {
    const group = this.#groupWithRoom(BATCHED_BYTES + command.length);
    group.commands.push(command);
    return new Promise((resolve, reject) => {
      group.writes.push({
        count: 1,
        resolve: (results, first) => resolve(read(results[first]!)),
        reject,
      });
    });
  }

  /**
   * Has commands executed one right after the other, with nothing in between.
   *
   * @param commands What `encodeCommand()` made of commands on keys: one at least.
   * @throws {RespError} they are too long for one command.
   */
  addAll(commands: readonly Uint8Array[]): Promise<readonly KeyResult[]> {
    const bytes = commands.reduce((sum, { length }) => sum + BATCHED_BYTES + length, 0);
    const { commandBytesMax } = this.#options;
    if (commands.length > 1 && BATCH_BYTES + bytes > commandBytesMax) {
      return Promise.reject(tooLong(BATCH_BYTES + bytes, commandBytesMax));
    }
    const group = this.#groupWithRoom(bytes);
    for (const command of commands) group.commands.push(command);
    const count = commands.length;
    return new Promise((resolve, reject) => {
      group.writes.push({
        count,
        resolve: (results, first) => resolve(results.slice(first, first + count)),
        reject,
      });
    });
  }

  /** The group that so many bytes go with, which they are counted to. */
  #groupWithRoom(bytes: number): Group {
    const group = this.#hasRoom(bytes) ? this.#groups.at(-1)! : this.#open();
    group.bytes += bytes;
    this.#flushLater();
    return group;
  }

  /** Whether there is a group that may be added to. */
  #hasRoom(bytes: number): boolean {
    const limit = Math.min(GROUP_BYTES, this.#options.commandBytesMax);
    const last = this.#groups.at(-1);
    return last !== undefined && last.bytes + bytes <= limit;
  }

  #open(): Group {
    const group = { since: this.#options.now(), commands: [], writes: [], bytes: BATCH_BYTES };
    this.#groups.push(group);
    this.#count++;
    return group;
  }

  /** What comes in the same turn goes with it. */
  #flushLater(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#isDue()) this.#send(this.#groups.shift()!);
    if (this.#groups.length === 0) {
      clearTimeout(this.#late);
      this.#late = undefined;
    } else if (this.#underWay < UNDER_WAY_MAX) {
      this.#late ??= setTimeout(() => {
        this.#late = undefined;
        this.#flush();
      }, WAIT_MS);
    }
  }

  /**
   * Whether a group is to be sent: it is large enough, or as large as those under way are together, and whoever
   * is expected is there, or late. (As with the entries of VR: `protocols/vr/batching.ts`.)
   */
  #isDue(): boolean {
    const [first, ...more] = this.#groups;
    if (first === undefined || this.#underWay >= UNDER_WAY_MAX) return false;
    if (more.length > 0) return true;
    const { length } = first.commands;
    if (length >= ENOUGH_COMMANDS) return true;
    if (length < this.#commandsUnderWay) return false;
    return length >= this.#expected || this.#options.now() >= this.#expectedUntil;
  }

  /** Commands were answered: who sent them is expected to ask again. */
  #expectClients(answered: number): void {
    const gathered = this.#groups.reduce((sum, { commands }) => sum + commands.length, 0);
    const commands = answered + gathered + this.#commandsUnderWay;
    this.#expected = commands < LOADED_COMMANDS ? 0 : Math.ceil(commands * ENOUGH);
    this.#expectedUntil = this.#options.now() + WAIT_MS;
  }

  async #send({ since, commands, writes }: Group): Promise<void> {
    this.#underWay++;
    this.#commandsUnderWay += commands.length;
    try {
      const results = await this.#execute(commands, since);
      let first = 0;
      for (const write of writes) {
        settle(write, results, first);
        first += write.count;
      }
    } catch (error) {
      for (const { reject } of writes) reject(error);
    }
    this.#underWay--;
    this.#commandsUnderWay -= commands.length;
    this.#expectClients(commands.length);
    if (this.#groups.length > 0) this.#flushLater();
  }

  async #execute(commands: readonly Uint8Array[], since: number): Promise<readonly KeyResult[]> {
    const { requests, requestMs, now } = this.#options;
    const timeoutMs = requestMs - (now() - since);
    if (timeoutMs <= 0) {
      throw new Unavailable(`Earlier writes took more than ${Math.round(requestMs)} ms`);
    }
    const isAlone = commands.length === 1;
    const command = isAlone ? commands[0]! : encodeBatch(commands);
    const { result } = await requests.submit(command, { timeoutMs });
    return resultsOf(decodeResult(result), commands.length);
  }
}

function settle({ resolve, reject }: Write, results: readonly KeyResult[], first: number): void {
  try {
    resolve(results, first);
  } catch (error) {
    reject(error);
  }
}

function resultsOf(result: KvResult | Unreadable, count: number): readonly KeyResult[] {
  const results = result.type === "batch"
    ? result.results
    : result.type === "unreadable"
    ? []
    : [result];
  if (results.length === count) return results;
  throw new TroupeError(
    "unexpected_result",
    `Store answered ${count} commands with "${result.type}"`,
  );
}

function tooLong(bytes: number, limit: number): RespError {
  return new RespError(
    `ERR keys that are written at once take ${bytes} bytes, more than the limit of ${limit}`,
  );
}
