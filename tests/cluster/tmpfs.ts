/** Small disks in memory, of the test's own, to be filled to the last byte. */

/** The capability to mount, as a bit of what `/proc` shows. */
const CAP_SYS_ADMIN = 21n;
const BLOCK = new Uint8Array(4_096);

/** Whether this process may mount. */
export function mayMount(): boolean {
  if (Deno.build.os !== "linux") return false;
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(ownStatus());
  return effective !== null && (BigInt(`0x${effective[1]}`) >> CAP_SYS_ADMIN & 1n) === 1n;
}

/** What the kernel shows of this process, to those who have all of Deno's permissions. */
function ownStatus(): string {
  try {
    return Deno.readTextFileSync("/proc/self/status");
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return "";
    throw error;
  }
}

/** A disk with a size of its own, mounted on a directory. */
export class Tmpfs {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Creates the directory and mounts a disk of so many MiB there. */
  static async mount(path: string, mebibytes: number): Promise<Tmpfs> {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    await run("mount", "-t", "tmpfs", "-o", `size=${mebibytes}m,mode=0700`, "tmpfs", path);
    return new Tmpfs(path);
  }

  /** Takes all the space that is left. */
  fill(): void {
    using file = Deno.openSync(this.#filler, { append: true, create: true });
    try {
      while (true) file.writeSync(BLOCK);
    } catch (error) {
      if (!(error instanceof Error) || !/os error 28/.test(error.message)) throw error;
    }
  }

  /** Gives the space back. */
  free(): void {
    Deno.removeSync(this.#filler);
  }

  /** Unmounts the disk; all that is on it is gone. */
  async unmount(): Promise<void> {
    await run("umount", this.#path);
  }

  get #filler(): string {
    return `${this.#path}/filler`;
  }
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
}
