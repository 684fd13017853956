import type { RandomStream } from "../actors/random.ts";
import { DiskError } from "../storage/disk.ts";
import { type CrashKind, type Garbling, SimFile } from "./file.ts";

type Names = Map<string, SimFile>;
type Change = (names: Names) => void;

/** The files of a disk in memory: what is there, what of it is durable, and how much more it takes. */
export class DiskFiles {
  /** Bytes that the files may have in all; a write beyond is done in part. */
  capacity = Infinity;
  #names: Names = new Map();
  #durableNames: Names = new Map();
  /** Changes of the directory that are not synced, in order. */
  #changes: Change[] = [];

  /** The names of all files, sorted. */
  list(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** A file, if there is one of that name. */
  find(name: string): SimFile | undefined {
    return this.#names.get(name);
  }

  /**
   * A file.
   *
   * @throws {DiskError} if there is none of that name.
   */
  get(name: string): SimFile {
    const file = this.find(name);
    if (file === undefined) throw new DiskError(`Cannot open "${name}": no such file`, false);
    return file;
  }

  /** The bytes of all files. */
  get used(): number {
    let used = 0;
    for (const file of this.#names.values()) used += file.length;
    return used;
  }

  /** What a power failure that loses everything not synced leaves, by name. */
  durable(): ReadonlyMap<string, SimFile> {
    return this.#durableNames;
  }

  /**
   * Writes what there is room for, at `offset` or where that leads to, creating the file if need be.
   *
   * @throws {DiskError} if that is not all.
   */
  write(name: string, offset: number, bytes: Uint8Array, place = offset): void {
    if (!this.#names.has(name)) this.#create(name);
    const file = this.get(name);
    const room = this.capacity - this.used + Math.max(0, file.length - offset);
    const taken = bytes.subarray(0, Math.max(0, room));
    file.write(place, taken);
    if (taken.length < bytes.length) {
      throw new DiskError(`Cannot write "${name}": disk is full`, true);
    }
  }

  /** Renames a file over another. */
  rename(from: string, to: string): void {
    const file = this.get(from);
    this.#change((names) => {
      names.delete(from);
      names.set(to, file);
    });
  }

  /** Removes a file. */
  remove(name: string): void {
    this.get(name);
    this.#change((names) => names.delete(name));
  }

  /** Makes creations, renames and removals durable. */
  syncDirectory(): void {
    this.#durableNames = new Map(this.#names);
    this.#changes = [];
  }

  /** Puts a file there, durably; without bytes it is removed. */
  plant(name: string, bytes: Uint8Array | undefined): void {
    const file = bytes && SimFile.durably(bytes);
    for (const names of [this.#names, this.#durableNames]) {
      if (file === undefined) names.delete(name);
      else names.set(name, file);
    }
  }

  /** Whether anything was written to a file that is not synced. */
  get isWritten(): boolean {
    return [...this.#names.values()].some((file) => file.isWritten);
  }

  /** The power fails; returns how many sectors hold garbage now. */
  crash(kind: CrashKind, random: RandomStream, garbling?: Garbling): number {
    for (const change of this.#changes.slice(0, this.#kept(kind, random))) {
      change(this.#durableNames);
    }
    this.#changes = [];
    this.#names = new Map(this.#durableNames);
    let garbled = 0;
    for (const file of this.#names.values()) garbled += file.crash(kind, random, garbling);
    return garbled;
  }

  /** How many of the changes of the directory had reached the disk. */
  #kept(kind: CrashKind, random: RandomStream): number {
    if (kind === "keep") return this.#changes.length;
    return kind === "lose" ? 0 : Math.floor(random() * (this.#changes.length + 1));
  }

  #create(name: string): void {
    const file = new SimFile();
    this.#change((names) => names.set(name, file));
  }

  #change(change: Change): void {
    change(this.#names);
    this.#changes.push(change);
  }
}
