import type { Cancel } from "../../actors/actor.ts";
import type { VirtualClock } from "../../actors/virtual_environment.ts";
import type { SwimCore } from "../../protocols/swim/core.ts";
import type { SwimInput, SwimOutput } from "../../protocols/swim/step.ts";

/** One process. Its timers and messages wait while it is stopped. */
export class Process {
  readonly core: SwimCore;
  readonly #timers = new Map<string, Cancel>();
  readonly #waitingTimers = new Map<string, SwimInput>();
  readonly #waitingInputs: SwimInput[] = [];
  readonly #clock: VirtualClock;
  readonly #carryOut: (output: SwimOutput) => void;
  #isStopped = false;
  #isDead = false;

  constructor(clock: VirtualClock, core: SwimCore, carryOut: (output: SwimOutput) => void) {
    this.#clock = clock;
    this.core = core;
    this.#carryOut = carryOut;
  }

  take(input: SwimInput): void {
    if (this.#isDead) return;
    if (this.#isStopped) {
      this.#waitingInputs.push(input);
      return;
    }
    for (const output of this.core.take(this.#clock.now, input)) {
      if (output.type === "set-timer") this.#setTimer(output);
      else if (output.type === "cancel-timer") this.#cancelTimer(output.key);
      else this.#carryOut(output);
    }
  }

  pause(): void {
    this.#isStopped = true;
  }

  /** As in a real process, timers that are due come before what has arrived meanwhile. */
  resume(): void {
    this.#isStopped = false;
    for (const key of [...this.#waitingTimers.keys()]) {
      // One that is set anew meanwhile takes the place of the one that waits.
      const input = this.#waitingTimers.get(key);
      this.#waitingTimers.delete(key);
      if (input !== undefined) this.take(input);
    }
    for (const input of this.#waitingInputs.splice(0)) this.take(input);
  }

  kill(): void {
    this.#isDead = true;
    for (const cancel of this.#timers.values()) cancel();
  }

  #setTimer({ key, delayMs, timer, dueAt }: Extract<SwimOutput, { type: "set-timer" }>): void {
    this.#cancelTimer(key);
    const fire = () => {
      this.#timers.delete(key);
      const input = { type: "timer", timer, dueAt } as const;
      if (this.#isStopped) this.#waitingTimers.set(key, input);
      else this.take(input);
    };
    this.#timers.set(key, this.#clock.after(delayMs, fire));
  }

  #cancelTimer(key: string): void {
    this.#timers.get(key)?.();
    this.#timers.delete(key);
    this.#waitingTimers.delete(key);
  }
}
