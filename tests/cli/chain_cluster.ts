/** A node of a chain cluster that serves the real HTTP gateway, reached without a network. */
import type { StateMachine } from "../../protocols/state_machine.ts";
import { httpGateway } from "../../transport/http/app.ts";
import type { ChainVolumeStatus, ClusterChange, ClusterLayout } from "../../transport/service.ts";
import { FakeService } from "../http/fake_service.ts";

const ORIGIN = "http://127.0.0.1:7100";

/** What the master says: node 2 was removed, and node 1 is leaving the second volume. */
export const LAYOUT: ClusterLayout = {
  topology: "chain",
  version: 9,
  formed: true,
  nodes: [0, 1, 2].map((node) => ({
    node,
    dataCenter: "",
    entered: true,
    wanted: node !== 2,
    expelling: node === 1 ? 4 : null,
    suspects: node === 0 ? [1] : [],
  })),
  volumes: [
    volume(0, [0, 1], null),
    { ...volume(1, [1, 0], 1), joining: { node: 2, birth: 12 }, writable: false },
  ],
};

function volume(volume: number, nodes: readonly number[], leaving: number | null) {
  const members = nodes.map((node) => ({ node, birth: 10 + node }));
  return { volume, epoch: 3 + volume, members, joining: null, leaving, writable: true };
}

/** What the node says of itself: head of the first volume, tail of the second. */
const VOLUMES: readonly ChainVolumeStatus[] = LAYOUT.volumes.map(
  ({ volume, epoch, members, leaving, writable }) => ({
    volume,
    epoch,
    order: members.map(({ node }) => node),
    role: volume === 0 ? "head" : "tail",
    head: members[0]!.node,
    tail: members.at(-1)!.node,
    joining: null,
    leaving,
    writable,
    applied: 12,
    acknowledged: 10,
    sent: 2,
    executed: 10,
    leaseMs: 440,
    sessions: 1,
  }),
);

export class ChainCluster {
  readonly endpoints = [ORIGIN];
  readonly service: FakeService;
  readonly changes: ClusterChange[] = [];
  /** What the master says. */
  layout: ClusterLayout = LAYOUT;
  /** What the next change is refused with. */
  refusal: unknown;
  readonly fetch: (input: string, init: RequestInit) => Promise<Response>;

  constructor(options: { machine?: StateMachine; kind?: "kv" | "log" } = {}) {
    const { machine, kind = "kv" } = options;
    this.service = new FakeService(machine);
    this.service.says = {
      protocol: "chain",
      role: "head 1, tail 1",
      view: LAYOUT.version,
      peers: [],
      volumes: VOLUMES,
      master: { status: "normal", view: 2, primary: 0, version: LAYOUT.version },
    };
    this.service.admin = {
      show: () => Promise.resolve(this.layout),
      change: (change) =>
        Promise.try(() => {
          this.changes.push(change);
          if (this.refusal !== undefined) throw this.refusal;
          return this.layout;
        }),
    };
    const app = httpGateway(this.service, { machine: kind, dev: true });
    this.fetch = async (input, init) => {
      if (new URL(input).origin !== ORIGIN) throw new TypeError("fetch failed");
      const response = await app.fetch(new Request(input, init));
      Object.defineProperty(response, "url", { value: input });
      return response;
    };
  }
}
