/** A failure detector. */
export type DetectorKind = "phi" | "deadline";
/** The failure detectors that a node can use. */
export const DETECTORS: readonly DetectorKind[] = ["phi", "deadline"];

/** How long to wait for what, in milliseconds. */
export interface Timeouts {
  /**
   * How often a primary with nothing else to say tells its backups that it is alive, and what is
   * committed. Lower finds a dead primary sooner and tells backups of commits sooner, at the price of
   * more idle traffic; raise it together with `suspicion_ms` on slow or distant links. The default
   * leaves ten heartbeats to a suspicion, so that a few lost or late ones mean nothing. With `chain` it is
   * also how often every node asks the master for its lease, and how soon a lost message along the
   * chain is noticed.
   */
  readonly heartbeatMs: number;
  /**
   * The silence after which a node is suspected; with the `phi` detector, the least silence that can
   * be one. More than twice `heartbeat_ms`. Lower fails over sooner, but a pause of the process
   * (garbage collection, a slow disk, a busy machine) then costs a needless view change; raise it if
   * the log shows view changes while all nodes live. The default outlasts ordinary pauses of a
   * loaded machine. A process that has ended, which its machine tells whoever wants to connect, is
   * suspected at once: this is the time for machines that are lost or cut off, and for processes that
   * hang.
   */
  readonly suspicionMs: number;
  /**
   * How long a view change may take before the next view is tried; the wait grows with every
   * attempt. At least twice `heartbeat_ms`. It must be enough for three message delays and the
   * transfer of the log's tail: too low and view changes interrupt one another, too high and a new
   * primary that dies in the middle costs that much more.
   */
  readonly viewChangeMs: number;
  /**
   * How long a primary waits for any backup's acknowledgement before it stops its heartbeats and so
   * lets another be elected. It is what frees clients of a primary that can send but not
   * receive, or whose disk hangs. More than `suspicion_ms`. Lower ends that state sooner, but a
   * passing stall of the whole group then makes a healthy primary give up.
   */
  readonly abdicateMs: number;
  /**
   * How long a gateway tries to have a request answered when the client does not say
   * (`?timeout=`), at most a minute. After it a write is reported as of unknown outcome. Keep it well above
   * `suspicion_ms` plus `view_change_ms`, so that a request outlives the failure of a primary; lower it for
   * clients that would rather know early.
   */
  readonly requestMs: number;
}

/** How a silent node becomes a suspected one. */
export interface Detector {
  /**
   * `deadline` suspects a node after `timeouts.suspicion_ms` of silence: easy to predict. `phi` (phi
   * accrual) learns how regularly a node is heard of and suspects it when its silence has become too
   * unlikely, never before `timeouts.suspicion_ms`: it adapts to a slow or unsteady network.
   */
  readonly kind: DetectorKind;
  /**
   * For `phi`: how unlikely a silence must be, as the negative power of ten of its probability. Since
   * intervals are taken to be exponential, a silence of `2.3 * threshold` mean intervals reaches it; the
   * mean is taken to be one to three times `timeouts.heartbeat_ms`. Raise it for fewer false suspicions,
   * lower it for a faster failover. 4 takes 9.2 intervals: less than `timeouts.suspicion_ms` while heartbeats
   * come regularly, so that the latter decides, and up to 1.4 s while they do not.
   */
  readonly threshold: number;
}
