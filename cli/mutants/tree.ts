import { filesOf, type Mutant, planted } from "../../sim/mutants/mutant.ts";

/** What the simulator and the tests need. */
const FOLDERS = [
  "actors",
  "cli",
  "examples",
  "protocols",
  "sim",
  "storage",
  "tests",
  "transport",
  "types",
];
const FILES = ["deno.json", "deno.lock", "mod.ts"];

const CACHE = ".cache";

/** A copy of the sources, in a temporary directory, for one bug after the other. */
export class SourceTree {
  /** Where it is. */
  readonly path: string;
  readonly #root: string;

  private constructor(path: string, root: string) {
    this.path = path;
    this.#root = root;
  }

  /** What Deno keeps of it: gone when it is removed, but for the packages, which are those of everyone. */
  get cache(): string {
    return `${this.path}/${CACHE}`;
  }

  /** Copies the sources of the project at `root`. */
  static async copy(root: string): Promise<SourceTree> {
    const path = await Deno.makeTempDir({ prefix: "troupe-mutants-" });
    for (const folder of FOLDERS) await copyFolder(`${root}/${folder}`, `${path}/${folder}`);
    for (const file of FILES) await Deno.copyFile(`${root}/${file}`, `${path}/${file}`);
    await shareCache(`${path}/${CACHE}`);
    return new SourceTree(path, root);
  }

  /**
   * Plants a bug.
   *
   * @throws {MutantStale} if a text that it replaces does not stand in its file just once.
   */
  async plant(mutant: Mutant): Promise<void> {
    for (const file of filesOf(mutant)) {
      const source = await Deno.readTextFile(`${this.#root}/${file}`);
      await Deno.writeTextFile(`${this.path}/${file}`, planted(mutant, file, source));
    }
  }

  /** Makes the sources what they were before a bug was planted. */
  async restore(mutant: Mutant): Promise<void> {
    for (const file of filesOf(mutant)) {
      await Deno.copyFile(`${this.#root}/${file}`, `${this.path}/${file}`);
    }
  }

  /** Removes the copy. */
  async remove(): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

async function shareCache(cache: string): Promise<void> {
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout)) as { npmCache: string };
  await Deno.mkdir(npmCache, { recursive: true });
  await Deno.mkdir(cache);
  await Deno.symlink(npmCache, `${cache}/npm`, { type: "dir" });
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const copy = isDirectory ? copyFolder : Deno.copyFile;
    await copy(`${from}/${name}`, `${to}/${name}`);
  }
}
