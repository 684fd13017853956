import { TroupeError } from "../actors/errors.ts";
import { DenoDisk } from "./deno_disk.ts";

/** Whose data a directory holds. */
export interface Identity {
  /** The name of the cluster. */
  readonly cluster: string;
  /** The index of the node, from 0. */
  readonly node: number;
}

/** How a data directory is opened. */
export interface DataDirectoryOptions extends Identity {
  /** Where it is; created, readable by its owner only, if it is not there. */
  readonly path: string;
  /** Takes what an operator should know, but need not act on at once. */
  readonly warn: (text: string) => void;
}

/** Another process uses the directory. */
export class DataDirectoryLocked extends TroupeError {
  constructor(path: string) {
    super(
      "data_directory_locked",
      `Cannot use the data directory ${path}: another process has locked it`,
    );
  }
}

/** The directory belongs to another node, or to a node of another cluster. */
export class WrongDataDirectory extends TroupeError {
  constructor(path: string, found: Identity, expected: Identity) {
    super(
      "wrong_data_directory",
      `Cannot use the data directory ${path}: it belongs to ${describe(found)}, ` +
        `and this is ${describe(expected)}`,
    );
  }
}

/** The directory cannot be used as it is. */
export class BadDataDirectory extends TroupeError {
  constructor(path: string, why: string, options?: ErrorOptions) {
    super("bad_data_directory", `Cannot use the data directory ${path}: ${why}`, options);
  }
}

/** Counts up when files are written that older versions cannot read. */
const FORMAT = 1;
const LOCK = "lock";
const IDENTITY = "identity.json";
const TEMPORARY = `${IDENTITY}.tmp`;
/** What may be there before the directory has an identity. */
const OWN_NAMES: ReadonlySet<string> = new Set([LOCK, TEMPORARY, "lost+found"]);

/**
 * Where a node keeps what must outlive it: one directory with a lock, so that it has one user, and an
 * identity, so that it has the right one. Each journal has a directory of its own in it.
 */
export class DataDirectory implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;
  readonly #lock: Deno.FsFile;
  readonly #disks = new Map<string, DenoDisk>();

  private constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Opens a data directory, creating it if need be.
   *
   * @throws {DataDirectoryLocked} another process uses it.
   * @throws {WrongDataDirectory} it belongs to another node or cluster.
   * @throws {BadDataDirectory} it is not accessible, or its identity is unreadable.
   */
  static async open(options: DataDirectoryOptions): Promise<DataDirectory> {
    const { path } = options;
    await create(path, options.warn);
    const lock = await acquire(path);
    try {
      await identify(path, options);
    } catch (error) {
      lock.close();
      throw error;
    }
    return new DataDirectory(path, lock);
  }

  /**
   * The disk for one journal: the directory of that name in this one.
   *
   * @throws {BadDataDirectory} if it cannot be created.
   */
  disk(name: string): DenoDisk {
    let disk = this.#disks.get(name);
    if (disk === undefined) {
      const path = `${this.path}/${name}`;
      try {
        Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
        syncDirectory(this.path);
      } catch (cause) {
        throw new BadDataDirectory(path, reason(cause), { cause });
      }
      disk = new DenoDisk(path);
      this.#disks.set(name, disk);
    }
    return disk;
  }

  /** Closes all files and lets go of the lock. Only once nothing is written any more. */
  async close(): Promise<void> {
    for (const disk of this.#disks.values()) await disk.close();
    this.#disks.clear();
    this.#lock.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function create(path: string, warn: (text: string) => void): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    const { mode } = await Deno.stat(path);
    if (mode === null || (mode & 0o077) === 0) return;
    const shown = (mode & 0o777).toString(8).padStart(4, "0");
    warn(`the data directory ${path} is accessible to others: its mode is ${shown}, not 0700`);
  } catch (cause) {
    throw new BadDataDirectory(path, reason(cause), { cause });
  }
}

/** The lock is the system's: it goes with the process, however that ends. */
async function acquire(path: string): Promise<Deno.FsFile> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(`${path}/${LOCK}`, { create: true, write: true, mode: 0o600 });
  } catch (cause) {
    throw new BadDataDirectory(path, reason(cause), { cause });
  }
  if (await file.tryLock(true)) return file;
  file.close();
  throw new DataDirectoryLocked(path);
}

async function identify(path: string, expected: Identity): Promise<void> {
  const found = await readIdentity(path);
  if (found === undefined) {
    await refuseForeign(path);
    return await writeIdentity(path, expected);
  }
  if (found.cluster !== expected.cluster || found.node !== expected.node) {
    throw new WrongDataDirectory(path, found, expected);
  }
}

async function readIdentity(path: string): Promise<Identity | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(`${path}/${IDENTITY}`);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new BadDataDirectory(path, reason(cause), { cause });
  }
  const { format, cluster, node } = parseObject(text);
  if (typeof format === "number" && format > FORMAT) {
    throw new BadDataDirectory(path, `its format is ${format}, and this version knows ${FORMAT}`);
  }
  if (format !== FORMAT || typeof cluster !== "string" || typeof node !== "number") {
    throw new BadDataDirectory(path, `its ${IDENTITY} does not say whose it is`);
  }
  return { cluster, node };
}

/** Files without an identity are somebody else's, or what is left of a node's. */
async function refuseForeign(path: string): Promise<void> {
  for await (const { name } of Deno.readDir(path)) {
    if (OWN_NAMES.has(name)) continue;
    throw new BadDataDirectory(path, `it has no ${IDENTITY}, and is not empty: "${name}" is there`);
  }
}

/** Renamed into place when it is durable: an identity that is there is whole. */
async function writeIdentity(path: string, identity: Identity): Promise<void> {
  const { cluster, node } = identity;
  const temporary = `${path}/${TEMPORARY}`;
  try {
    const options = { create: true, write: true, truncate: true, mode: 0o600 };
    using file = await Deno.open(temporary, options);
    const text = JSON.stringify({ format: FORMAT, cluster, node }) + "\n";
    file.writeSync(new TextEncoder().encode(text));
    await file.sync();
    await Deno.rename(temporary, `${path}/${IDENTITY}`);
    syncDirectory(path);
  } catch (cause) {
    throw new BadDataDirectory(path, reason(cause), { cause });
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function syncDirectory(path: string): void {
  using directory = Deno.openSync(path, { read: true });
  directory.syncSync();
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function describe(identity: Identity): string {
  return `node ${identity.node} of cluster "${identity.cluster}"`;
}
