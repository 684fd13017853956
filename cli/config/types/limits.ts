/** How requests share log entries. */
export interface Batching {
  /**
   * The most bytes that one log entry may hold. All that queues while earlier entries are on their
   * way goes into the next one, up to this. Raise it for large values (it must hold the largest
   * key and value); lower it so that one batch delays what comes after it less. 1 MiB is written and
   * synced in a few milliseconds. No request may be larger than an entry, and 2 MiB is the most that a
   * node passes on to the primary in one message.
   */
  readonly entryBytesMax: number;
  /**
   * The most requests that one log entry may hold. An entry is executed in one turn, so this bounds how
   * long a node does nothing else. More than the clients have in flight changes nothing.
   */
  readonly requestsMax: number;
  /**
   * How many entries may be on their way, prepared and not yet committed. While there are any, the next
   * one waits until it is full, or holds as many requests as they do together: so each is at least as
   * large as all before it, and few are ever needed. With 8 clients or more it also waits for those that
   * were just answered, up to 5 ms after that, so that one entry serves nearly all of them. 1 waits a
   * full round trip and disk sync for every entry; raise it where round trips are long. A new primary
   * has at most this many entries to settle.
   * With `chain` it holds for the master's own log only: along a chain entries follow each other anyway.
   */
  readonly pipeline: number;
}

/** When the log is replaced by a snapshot. */
export interface Snapshots {
  /**
   * How much log gathers before the state is written as a snapshot and the log before it dropped. Lower
   * restarts faster (less to replay) and uses less disk; raise it if the state is so large that
   * writing it shows in the latency. At least `batching.entry_bytes_max`.
   */
  readonly logBytes: number;
  /**
   * How many entries before a snapshot are kept all the same, so that a replica that is a little behind
   * can be sent entries instead of the whole state. Raise it if replicas are often away for
   * longer than it takes to write this many; it costs their bytes on disk. With `hermes` it holds for the
   * master's own log only: replicas are sent keys, never entries.
   */
  readonly retainEntries: number;
}

/** What a gateway refuses. */
export interface Limits {
  /**
   * The longest key, in bytes of UTF-8. Keys are held in memory and in every scan's answer, and the form
   * in which commands travel has no room for one of more than 8 KiB.
   */
  readonly keyBytes: number;
  /**
   * The largest value. Together with a key of the largest size and 1 KiB it must fit into
   * `batching.entry_bytes_max`. A large value delays every request that is ordered behind it. At
   * least 20 bytes: the longest number that an increment can make. With the state machine `log` it is the
   * longest record.
   */
  readonly valueBytes: number;
  /**
   * With the state machine `log`: how much its records may take together, 16 bytes for each included. It
   * is held in memory; beyond it appending is refused (`log_full`) until older records are dropped. It
   * must be the same at every replica.
   */
  readonly logBytes: number;
  /**
   * How many HTTP requests a node works on at a time. One more is answered 503 `overloaded` at once,
   * certainly not applied. Lower it to keep the latency of what is accepted; raise it if clients
   * in good standing are refused while the machine is not busy. The most is such that the requests of
   * all nodes of the largest cluster fit into the mailboxes of the primary, so that none is lost there.
   */
  readonly httpInFlightMax: number;
  /**
   * How many RESP connections a node takes at a time. One more is told so and closed. Each is a file
   * descriptor, of which the system gives a process a limited number (`ulimit -n`), and takes a few
   * KiB; up to 1024 of their commands are under way at a time, others wait.
   */
  readonly respConnectionsMax: number;
}
