/**
 * Goal: whatever commands come, in whatever order, late or twice, the master never decides what would do
 * harm. Method: seeded streams of commands, most of them about what is so at present and some about what
 * is over, with the rules checked after each.
 */
import { assert, assertEquals } from "@std/assert";
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import type { MasterCommand, MasterCommandOf } from "../../protocols/master/commands.ts";
import type {
  Configuration,
  Member,
  VolumeConfiguration,
} from "../../protocols/master/configuration.ts";
import type { MasterOptions } from "../../protocols/master/machine.ts";
import { targetOrder } from "../../protocols/master/placement.ts";
import type { Topology } from "../../protocols/master/topology.ts";
import { ScriptedMaster } from "./scripted_master.ts";

const STREAMS = 60;
const COMMANDS = 300;

/** Draws commands as a cluster could send them, and remembers them to send them again. */
class CommandStream {
  readonly #random: RandomStream;
  readonly #master: ScriptedMaster;
  readonly #sent: MasterCommand[] = [];

  constructor(random: RandomStream, master: ScriptedMaster) {
    this.#random = random;
    this.#master = master;
  }

  next(): MasterCommand {
    const isLate = this.#sent.length > 0 && this.#random() < 0.2;
    const command = isLate ? this.#sent[this.#below(this.#sent.length)]! : this.#draw();
    this.#sent.push(command);
    return command;
  }

  #draw(): MasterCommand {
    const { nodes, volumes } = this.#master.configuration;
    const node = this.#below(nodes.length);
    const entrance = nodes[node]!.entrances;
    const { volume, epoch, leaving, joining, members } = volumes[this.#below(volumes.length)]!;
    const draw = this.#random();
    if (draw < 0.15) return this.#enter(node);
    if (draw < 0.45) return { type: "report", node, entrance, suspects: this.#suspects() };
    if (draw < 0.6) return { type: "expel", node, intention: nodes[node]!.expelling ?? 0 };
    if (draw < 0.75) {
      const isClique = this.#master.options.topology === "clique";
      const who = (isClique ? joining : members.at(-1))?.node ?? node;
      const { entrances } = nodes[who]!;
      return { type: "extended", node: who, entrance: entrances, volume, epoch };
    }
    if (draw < 0.9) {
      const who = leaving ?? node;
      const { entrances } = nodes[who]!;
      return { type: "stopped", node: who, entrance: entrances, volume, epoch };
    }
    if (draw < 0.93) return { type: "remove", node };
    if (draw < 0.97) return { type: "add", node };
    return { type: "rebalance" };
  }

  #enter(node: number): MasterCommand {
    const { nodes, volumes } = this.#master.configuration;
    const births = volumes
      .map(({ volume }) => ({ volume, birth: this.#random() < 0.9 ? 1 : 1 + this.#below(3) }));
    const { entrances: after } = nodes[node]!;
    return { type: "enter", node, after, dataCenter: "xyz"[node % 3]!, births, suspects: [] };
  }

  #suspects(): number[] {
    const { nodes } = this.#master.configuration;
    if (this.#random() < 0.5) return [];
    return nodes.map(({ node }) => node).filter(() => this.#random() < 0.2);
  }

  #below(count: number): number {
    return randomInteger(this.#random, count);
  }
}

/** On which disk each node's replica of each volume is, by `node/volume`. */
type Births = Map<string, number>;

function enter({ node, births }: MasterCommandOf<"enter">, known: Births): void {
  for (const { volume, birth } of births) known.set(`${node}/${volume}`, birth);
}

/** Whether a node has another disk by now than that of the member. */
function isLost(births: Births, volume: number, { node, birth }: Member): boolean {
  return births.get(`${node}/${volume}`) !== birth;
}

function checkState({ formed, nodes, volumes }: Configuration): void {
  for (const { epoch, members, joining, leaving } of volumes) {
    const order = members.map(({ node }) => node);
    assert((epoch > 0) === formed);
    assert((members.length > 0) === formed, "a volume has members once it is formed");
    assert(new Set(order).size === order.length, `no node is a member twice: ${order}`);
    assert(joining === null || leaving === null, "one reconfiguration at a time");
    assert(joining === null || !order.includes(joining.node), "who joins is no member");
    assert(leaving === null || (order.includes(leaving) && order.length > 1));
    const isShaky = order.some((node) => node !== leaving && nodes[node]!.expelling !== null);
    assert(leaving === null || !isShaky, "nobody leaves while others are to be expelled");
  }
  for (const { node, expelling } of nodes) {
    const isDispensable = volumes.some(({ members }) =>
      members.length > 1 && members.some((member) => member.node === node)
    );
    assert(expelling === null || isDispensable, "nobody indispensable is to be expelled");
  }
}

function checkVolume(
  { nodes }: Configuration,
  before: VolumeConfiguration,
  after: VolumeConfiguration,
  command: MasterCommand,
  births: Births,
): void {
  const { epoch: _epoch, ...was } = before;
  const { epoch: _newEpoch, ...is } = after;
  const isChanged = JSON.stringify(was) !== JSON.stringify(is);
  assert(after.epoch === before.epoch + (isChanged ? 1 : 0));
  if (before.members.length === 0) return;
  for (const member of before.members) {
    if (after.members.some(({ node, birth }) => node === member.node && birth === member.birth)) {
      continue;
    }
    const { node } = member;
    const isConfirmed = (command.type === "stopped" && before.leaving === node) ||
      (command.type === "enter" && command.node === node) ||
      (command.type === "extended" && isLost(births, before.volume, member)) ||
      (command.type === "expel" && nodes[node]!.expelling === command.intention);
    assert(isConfirmed, `node ${node} is removed by ${JSON.stringify(command)}`);
  }
  const added = after.members.filter(({ node }) =>
    !before.members.some((member) => member.node === node)
  );
  assert(added.length <= 1);
  if (added.length === 0) return;
  assertEquals(command.type, "extended");
  assertEquals(added[0], before.joining);
  assertEquals(after.members.at(-1), added[0], "who joins is the new tail");
}

/** Once nothing is held against anyone, every volume gets to where it is wanted, and stays there. */
function checkRest(master: ScriptedMaster): void {
  const { nodes, volumes } = master.configuration;
  for (const { node } of nodes) {
    master.submit({ type: "add", node });
    master.enter(node, 1, "xyz"[node % 3]);
  }
  // Who has the only copy comes back with its disk.
  for (const { volume, members: [first, ...others] } of volumes) {
    if (others.length > 0) continue;
    const { entrances: after, dataCenter } = master.node(first!.node);
    const births = [{ volume, birth: first!.birth }];
    const enter = { type: "enter", node: first!.node, after, dataCenter, births } as const;
    master.submit({ ...enter, suspects: [] });
  }
  master.submit({ type: "rebalance" });
  master.settle();
  const candidates = nodes.map(({ node }) => ({ node, dataCenter: "xyz"[node % 3]! }));
  for (const { volume } of volumes) {
    const order = master.order(volume);
    const target = targetOrder(master.options, volume, candidates);
    const isClique = master.options.topology === "clique";
    assertEquals(isClique ? order.toSorted() : order, isClique ? target.toSorted() : target);
  }
}

function runStream(options: MasterOptions, seed: number): number {
  const master = new ScriptedMaster(options);
  const commands = new CommandStream(randomStream(seed, "commands"), master);
  const copy = new ScriptedMaster(options);
  const births: Births = new Map();
  for (const { node } of master.configuration.nodes) {
    for (const each of [master, copy]) each.enter(node, 1, "xyz"[node % 3]);
    for (const { volume } of master.configuration.volumes) births.set(`${node}/${volume}`, 1);
  }
  for (let step = 0; step < COMMANDS; step++) {
    const before = master.configuration;
    const command = commands.next();
    const outcome = master.submit(command);
    // A replica that starts from a snapshot, or is behind, decides the same.
    if (step % 97 === 50) copy.machine.restore([...copy.machine.snapshot()]);
    assertEquals(copy.submit(command), outcome);
    if (command.type === "enter" && outcome === "done") enter(command, births);
    const after = master.configuration;
    assert(JSON.stringify(copy.configuration) === JSON.stringify(after), `seed ${seed}`);
    assert(after.version >= before.version && after.version <= before.version + 1);
    checkState(after);
    for (const volume of before.volumes) {
      checkVolume(before, volume, after.volumes[volume.volume]!, command, births);
    }
  }
  checkRest(master);
  return Math.max(...master.configuration.volumes.map(({ epoch }) => epoch));
}

/** Runs all streams; returns how many epochs came to pass in them. */
function runStreams(topology: Topology): number {
  let epochs = 0;
  for (let seed = 1; seed <= STREAMS; seed++) {
    const nodeCount = 1 + seed % 7;
    const random = randomStream(seed, "options");
    const dataCenters = [undefined, 2, ["z", "x"], { y: 1, x: 2 }][randomInteger(random, 4)];
    const options: MasterOptions = {
      nodeCount,
      topology,
      volumes: 1 + randomInteger(random, 4),
      length: randomInteger(random, 4),
      ...(dataCenters === undefined || nodeCount < 3 ? {} : { dataCenters }),
      ...(random() < 0.3 ? { masterDataCenter: "x" } : {}),
    };
    epochs += runStream(options, seed);
  }
  return epochs;
}

for (const topology of ["chain", "clique"] as const) {
  Deno.test(`MasterMachine keeps its rules of a ${topology} whatever commands come`, () => {
    const epochs = runStreams(topology);
    // A stream in which nothing happens would show nothing.
    assert(epochs > STREAMS * 10, `${epochs} epochs`);
  });
}
