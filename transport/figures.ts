import type { IncomingFigures } from "./acceptor.ts";
import type { PeerFigures } from "./peer.ts";
import type { Metric } from "./service.ts";

/** Figures of the links to and from one other node, since the start. */
export interface LinkFigures {
  /** The index of the other node. */
  readonly node: number;
  /** Of the connection that this node has dialled. */
  readonly outgoing: PeerFigures;
  /** Of the connections that the other node has dialled. */
  readonly incoming: IncomingFigures;
}

/** Figures of a transport, since the start. */
export interface TransportFigures {
  /** In the order of the nodes' indices, this node left out. */
  readonly links: readonly LinkFigures[];
  /** Handshakes refused, under `us/<code>` and `peer/<code>`, by who refused. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Connections cut for what came over them. */
  readonly garbage: number;
  /** Accepted connections that ended before anybody had identified itself. */
  readonly unidentified: number;
  /** Accepted connections of which nobody knows yet whose they are, now. */
  readonly unidentifiedNow: number;
  /** Messages for nodes that the cluster has not. */
  readonly unknownNode: number;
}

type PerLink = readonly [
  name: string,
  type: Metric["type"],
  help: string,
  value: (link: LinkFigures) => number,
];

const PER_LINK: readonly PerLink[] = [
  [
    "peer_connected",
    "gauge",
    "Whether messages to the peer can leave",
    ({ outgoing }) => outgoing.state === "connected" ? 1 : 0,
  ],
  [
    "peer_incoming",
    "gauge",
    "Whether the peer has a connection to this node",
    ({ incoming }) => incoming.connected ? 1 : 0,
  ],
  [
    "peer_connections_total",
    "counter",
    "Times that the link to the peer came up",
    ({ outgoing }) => outgoing.connections,
  ],
  [
    "frames_sent_total",
    "counter",
    "Messages written to the peer",
    ({ outgoing }) => outgoing.framesSent,
  ],
  [
    "bytes_sent_total",
    "counter",
    "Bytes of messages written to the peer",
    ({ outgoing }) => outgoing.bytesSent,
  ],
  [
    "writes_total",
    "counter",
    "Writes in which messages went to the peer",
    ({ outgoing }) => outgoing.writes,
  ],
  [
    "frames_received_total",
    "counter",
    "Messages read from the peer",
    ({ incoming }) => incoming.framesReceived,
  ],
  [
    "bytes_received_total",
    "counter",
    "Bytes of messages read from the peer",
    ({ incoming }) => incoming.bytesReceived,
  ],
  [
    "dropped_total",
    "counter",
    "Messages to the peer dropped: no connection, or a full queue",
    ({ outgoing }) => outgoing.dropped,
  ],
  [
    "queued_bytes",
    "gauge",
    "Bytes that wait to be written to the peer",
    ({ outgoing }) => outgoing.queuedBytes,
  ],
];

/** The figures as Prometheus wants them, all under `troupe_transport_`. */
export function metricsOf(figures: TransportFigures): Metric[] {
  const metrics: Metric[] = [];
  for (const [name, type, help, value] of PER_LINK) {
    for (const link of figures.links) {
      const labels = { peer: String(link.node) };
      metrics.push({ name: `troupe_transport_${name}`, type, help, value: value(link), labels });
    }
  }
  for (const [key, value] of figures.refusals) {
    const [by, code] = key.split("/") as [string, string];
    metrics.push({
      name: "troupe_transport_handshakes_refused_total",
      type: "counter",
      help: "Handshakes refused, by this node or by a peer",
      value,
      labels: { by, code },
    });
  }
  return [
    ...metrics,
    {
      name: "troupe_transport_garbage_total",
      type: "counter",
      help: "Connections cut for what came over them",
      value: figures.garbage,
    },
    {
      name: "troupe_transport_unidentified_total",
      type: "counter",
      help: "Connections that ended before anybody had identified itself",
      value: figures.unidentified,
    },
    {
      name: "troupe_transport_unidentified",
      type: "gauge",
      help: "Connections on which nobody has identified itself yet",
      value: figures.unidentifiedNow,
    },
    {
      name: "troupe_transport_unknown_node_total",
      type: "counter",
      help: "Messages dropped because the cluster has no such node",
      value: figures.unknownNode,
    },
  ];
}
