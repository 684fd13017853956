/**
 * What a replica does when the master has decided (Hermes 2.4, 3.4): whose messages count from now on, and
 * whose acknowledgements are required. Those of the epoch before are void: every update of ours that is
 * under way is sent again, read-modify-writes included (3.6).
 *
 * @module
 */
import { acknowledgeToAll } from "./acknowledgement.ts";
import { forgetUnsent, journal, post, seal, settleOwed } from "./flush.ts";
import { beginJoining } from "./joining.ts";
import type { VolumeConfiguration } from "../master/configuration.ts";
import type { HermesMessage } from "./messages.ts";
import { beginNotes, sendNotes } from "./notes.ts";
import { beginReads } from "./reads.ts";
import { beginRecalls } from "./recall.ts";
import type { HermesReplica } from "./replica.ts";
import { announceRole } from "./role.ts";
import { bitOf, standingOf } from "./standing.ts";
import { abandonUpdates, beginUpdates } from "./updates.ts";

/** What is remembered of epochs. */
export class EpochState {
  /** Whether it is durable that we are in this one: nothing is acknowledged, or begun, before. */
  isRemembered = false;
  /** Who may still take what an earlier life of ours has sent in this one, as bits. */
  unaware = 0;
  /** The newest life heard of each node in this epoch. */
  readonly lives = new Map<number, number>();
  /** By node whose newest life we are about to make durable: what is to be done then. */
  readonly remembering = new Map<number, (() => void)[]>();
  /** The newest epoch in which another replica was heard. */
  heardIn = 0;
  /** When which node was last told that its epoch is over. */
  readonly toldAt = new Map<number, number>();

  /** Whether our word counts: we do not go back behind it, and nothing that we have forgotten comes up. */
  get isCertain(): boolean {
    return this.isRemembered && this.unaware === 0;
  }
}

/**
 * Whether a message counts: it is of our epoch, of one who is live in it, and of no earlier life of the sender
 * than one that we have heard. If its sender is behind, it is told so; if we are, the membership asks the
 * master.
 */
export function isOfEpoch(replica: HermesReplica, message: HermesMessage): boolean {
  const { standing, epochs: { lives } } = replica;
  const { epoch, node, life } = message;
  if (epoch > standing.epoch) replica.reports.outdated(epoch);
  else if (epoch < standing.epoch) tell(replica, node);
  if (epoch !== standing.epoch || !standing.others.includes(node)) return false;
  if (life < (lives.get(node) ?? 0)) return false;
  lives.set(node, life);
  return true;
}

/** The newest configuration, as far as the membership knows. */
export function onAssigned(replica: HermesReplica, volume: VolumeConfiguration): void {
  const { options, isReady, birth, node, context } = replica;
  if (!isReady || volume.volume !== options.volume) return;
  // It was told so before, or has been further in an earlier life.
  if (volume.epoch <= replica.standing.epoch || volume.epoch < replica.epoch) return;
  const standing = standingOf(volume, node, birth);
  replica.standing = standing;
  // Started anew in an epoch, it goes on where it was.
  const isAgain = replica.epoch === standing.epoch;
  if (!isAgain) replica.lives = [];
  replica.epochs.unaware = isAgain ? standing.othersMask : 0;
  replica.epoch = standing.epoch;
  replica.epochs.lives.clear();
  replica.epochs.remembering.clear();
  for (const each of replica.lives) replica.epochs.lives.set(each.node, each.life);
  const { role, members, epoch, isLive } = standing;
  context.log("info", `${role} beside ${members.join(", ")} in epoch ${epoch}`);
  forgetUnsent(replica);
  if (!isLive) abandonUpdates(replica);
  if (role === "joining" && replica.copiedIn !== epoch) wipe(replica);
  beginRecalls(replica);
  beginNotes(replica);
  sendAnew(replica);
  beginUpdates(replica);
  remember(replica);
  beginReads(replica);
  announceRole(replica);
}

/**
 * Forgets everything before it is copied: what we hold may have been overwritten by updates that we never
 * heard of, and nobody could tell from its timestamp that it was not one that ran beside them. With it our
 * own updates are forgotten that others may have: another life gives nothing their timestamps again.
 */
function wipe(replica: HermesReplica): void {
  const { objects, sessions, replays, standing } = replica;
  abandonUpdates(replica);
  objects.clear();
  sessions.clear();
  replays.awaited.clear();
  journal(replica, { type: "wiped" });
  replica.copiedIn = standing.epoch;
  replica.life++;
}

/** Acknowledgements of the epoch before count no more. */
function sendAnew(replica: HermesReplica): void {
  const { updates, objects, flushing, options, acknowledgement, context } = replica;
  const now = context.now();
  acknowledgement.early.clear();
  for (const record of objects.unsettled) record.acks = 0;
  for (const pending of updates.pending) {
    pending.acks = 0;
    pending.beganAt = now;
    pending.sentAt = now;
    flushing.invs.push(pending.update);
    // It may be that nobody else is live any more.
    flushing.own.push(pending);
    if (options.broadcastsAcks) acknowledgeToAll(replica, pending.update);
  }
  post(replica);
}

/**
 * What is acknowledged in this epoch is so after it is certain that we never go back to one before. And what
 * is begun: started anew, we have to know that an earlier life was in this epoch.
 */
function remember(replica: HermesReplica): void {
  const { standing, epochs } = replica;
  epochs.isRemembered = false;
  seal(replica);
  replica.persist(() => {
    if (replica.standing !== standing) return;
    epochs.isRemembered = true;
    post(replica);
    sendNotes(replica);
    announceLife(replica);
    settleOwed(replica);
    beginJoining(replica);
    sendStopped(replica);
  });
}

/**
 * Tells the others that this is another life than the one that they have heard in this epoch. We may have
 * forgotten an update of ours that is still on its way to somebody. As long as we knew of it we refused every
 * read-modify-write that it overtakes; so before we acknowledge anything it must be void. Otherwise both
 * are committed, and one of them has not seen the other.
 */
export function announceLife(replica: HermesReplica): void {
  const { epochs, standing } = replica;
  if (!epochs.isRemembered) return;
  for (const other of standing.others) {
    if ((epochs.unaware & bitOf(other)) !== 0) replica.send(other, { type: "join" });
  }
}

/** Another replica takes nothing of an earlier life of ours any more. */
export function onAware(replica: HermesReplica, node: number): void {
  replica.epochs.unaware &= ~bitOf(node);
  settleOwed(replica);
}

/**
 * Runs `then` when it is durable that a node has been heard in this life of it, in this epoch; or never, while
 * the journal makes no progress: whoever asks asks again, and nobody knows for how long.
 */
export function whenRemembered(
  replica: HermesReplica,
  node: number,
  life: number,
  then: () => void,
): void {
  const { epochs: { remembering }, standing, reports } = replica;
  const underWay = remembering.get(node);
  const isNoted = replica.lives.some((each) => each.node === node && each.life === life);
  if (isNoted && underWay === undefined) return then();
  if (reports.stalled !== null) return;
  if (isNoted) return void underWay!.push(then);
  const others = replica.lives.filter((each) => each.node !== node);
  replica.lives = [...others, { node, life }];
  const waiting = [then];
  remembering.set(node, waiting);
  replica.persist(() => {
    if (replica.standing !== standing || remembering.get(node) !== waiting) return;
    remembering.delete(node);
    for (const each of waiting) each();
  });
}

/**
 * Tells the master, once nothing of ours is under way, that this replica serves nothing any more: it may be
 * let go. But the others may have failed without anyone having noticed, and then this is the last one with
 * the data: so not before another one was heard in this very epoch. Where nothing is written nobody says
 * anything, and they are asked.
 */
export function sendStopped(replica: HermesReplica): void {
  const { context, options, standing: { epoch, role }, epochs, updates } = replica;
  if (role !== "leaving" || !epochs.isRemembered || updates.pending.size > 0) return;
  if (epochs.heardIn !== epoch) return replica.broadcast({ type: "join" });
  context.send(options.membership, { type: "stopped", volume: options.volume, epoch });
}

function tell(replica: HermesReplica, node: number): void {
  const { epochs, context, options } = replica;
  const now = context.now();
  if (
    node === replica.node || now - (epochs.toldAt.get(node) ?? -Infinity) < options.heartbeatMs / 2
  ) return;
  epochs.toldAt.set(node, now);
  replica.send(node, { type: "outdated" });
}
