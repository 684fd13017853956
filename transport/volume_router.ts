import type { StateMachine } from "../protocols/state_machine.ts";
import { objectsChanged } from "../protocols/objects_changed.ts";
import { volumeOf } from "../protocols/volumes.ts";
import {
  type Answer,
  BadQuery,
  NoActiveReplicas,
  NoSession,
  type QueryOptions,
  type Requests,
  RequestSuperseded,
  type SubmitOptions,
  Unavailable,
  UnknownOutcome,
  Unsupported,
} from "./service.ts";

/** How requests are spread over volumes. */
export interface VolumeRouterOptions {
  /** Who asks each volume: that of volume `i` at index `i`. */
  readonly volumes: readonly Requests[];
  /** A state machine of the kind that is replicated: it knows which objects requests are about. */
  readonly machine: Pick<
    StateMachine,
    "commandObject" | "commandObjects" | "queryObject" | "mergeResults"
  >;
  /** Why nobody can take queries of a volume, or updates, at present; if that is known. */
  readonly whyInactive: (volume: number, isUpdate: boolean) => string | undefined;
}

/**
 * Takes each request to the volume of its object. Requests whose object is not known go to volume 0, where
 * sessions are opened too: a client id that it gives is good in all of them.
 *
 * No other one comes to them. They cannot tell, and an id from far ahead, once evicted, would pass for
 * proof that all smaller ones have been evicted before (`SessionsOptions.adoptedMax`): nobody could work
 * with the volume any more.
 */
export class VolumeRouter implements Requests {
  readonly #options: VolumeRouterOptions;
  /** Volume 0 has given out all client ids up to this one. */
  #issued = 0;

  constructor(options: VolumeRouterOptions) {
    this.#options = options;
  }

  /**
   * See `Requests.submit`. Before a client id that this node has not heard of goes to another volume than 0,
   * that one is asked for it, once or twice, each time for as long as the request may be tried.
   *
   * @throws {Unsupported} the command changes objects of several volumes.
   */
  async submit(command: Uint8Array, options?: SubmitOptions): Promise<Answer> {
    const volume = this.#volumeOfCommand(command);
    const { id, timeoutMs } = options ?? {};
    if (volume > 0 && id !== undefined && id.clientId > this.#issued) {
      await this.#checkIssued(id.clientId, command, timeoutMs === undefined ? {} : { timeoutMs });
    }
    return await this.#ask(volume, true, (requests) => requests.submit(command, options));
  }

  /**
   * See `Requests.query`. A query that is not of one object is asked of all volumes, and their answers are
   * merged: each is as fresh as was asked for, but they are not of one point in time. Its op-number is the
   * sum of theirs.
   */
  async query(query: Uint8Array, options?: QueryOptions): Promise<Answer> {
    const { volumes, machine } = this.#options;
    const isShared = volumes.length > 1 && machine.commandObject !== undefined;
    const object = isShared ? machine.queryObject?.(query) : undefined;
    if (object !== undefined || !isShared) {
      return await this.#ask(
        this.#volumeOf(() => object),
        false,
        (requests) => requests.query(query, options),
      );
    }
    if (machine.mergeResults === undefined) {
      throw new BadQuery(
        "The query concerns several volumes, and the state machine merges no results",
      );
    }
    const answers = await Promise.all(
      volumes.map((_, volume) =>
        this.#ask(volume, false, (requests) => requests.query(query, options))
      ),
    );
    return {
      result: machine.mergeResults(query, answers.map(({ result }) => result)),
      opNumber: answers.reduce((sum, { opNumber }) => sum + opNumber, 0),
    };
  }

  /** See `Requests.openSession`. */
  async openSession(options?: { timeoutMs?: number }): Promise<number> {
    const clientId = await this.#ask(0, true, (requests) => requests.openSession(options));
    this.#issued = Math.max(this.#issued, clientId);
    return clientId;
  }

  /** A session that volume 0 does not know it may have evicted: the next one that it opens tells. */
  async #checkIssued(
    clientId: number,
    command: Uint8Array,
    options: { timeoutMs?: number },
  ): Promise<void> {
    if (await this.#isOpen(clientId, command, options)) {
      this.#issued = Math.max(this.#issued, clientId);
    } else if (clientId > await this.openSession(options)) {
      throw new NoSession(clientId);
    }
  }

  /** Whether volume 0 has the session. Requests are numbered from 1: number 0 is executed nowhere. */
  async #isOpen(
    clientId: number,
    command: Uint8Array,
    options: { timeoutMs?: number },
  ): Promise<boolean> {
    const id = { clientId, requestNumber: 0 };
    try {
      await this.#ask(0, true, (requests) => requests.submit(command, { ...options, id }));
    } catch (error) {
      if (error instanceof RequestSuperseded) return true;
      if (error instanceof NoSession) return false;
      if (error instanceof UnknownOutcome) throw new Unavailable("Volume 0 does not answer");
      throw error;
    }
    return false;
  }

  #volumeOfCommand(command: Uint8Array): number {
    const { volumes, machine } = this.#options;
    if (volumes.length === 1) return 0;
    const objects = objectsChanged(machine, command) ?? [];
    const concerned = new Set(objects.map((object) => volumeOf(object, volumes.length)));
    if (concerned.size <= 1) return concerned.values().next().value ?? 0;
    throw new Unsupported(
      `The command changes objects of ${concerned.size} volumes, which none can execute at once`,
    );
  }

  /** Where there is only one volume, nobody needs to look for the object. */
  #volumeOf(objectOf: () => string | undefined): number {
    const { volumes } = this.#options;
    const object = volumes.length === 1 ? undefined : objectOf();
    return object === undefined ? 0 : volumeOf(object, volumes.length);
  }

  /** Asks a volume; if nobody there takes the request, says why if that is known. */
  async #ask<T>(
    volume: number,
    isUpdate: boolean,
    ask: (requests: Requests) => Promise<T>,
  ): Promise<T> {
    try {
      return await ask(this.#options.volumes[volume]!);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      const why = this.#options.whyInactive(volume, isUpdate);
      throw why === undefined ? error : new NoActiveReplicas(volume, why);
    }
  }
}
