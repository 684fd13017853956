/** `INCRBYFLOAT` to Redis itself and to our server: the digits must be the same. */
import { assertEquals } from "@std/assert";
import { HAS_REDIS, RedisProcess } from "./redis_process.ts";
import { RespWorld } from "./support.ts";

/** Redis computes with `long double`, which is another type on other processors. */
const IS_SAME_TYPE = Deno.build.arch === "x86_64";
const NUMBERS_DRAWN = 3_000;

/** What is added to what. */
const SUMS: readonly (readonly [string, string])[] = [
  ...[["0.1", "0.2"], ["10.5", "0.1"], ["5.0e3", "2.0e2"], ["3.0", "1.1"], ["1", "-1"]] as const,
  ...[["0", "0"], ["-0", "-0"], ["-0.0", "0"], ["00012", "+1"], ["1.", ".5"], [
    ".5",
    "5.",
  ]] as const,
  ...[["9223372036854775807", "1"], ["18446744073709551615", "1"], ["1e18", "0.5"]] as const,
  ...[["1e-17", "0"], ["5e-18", "0"], ["-5e-18", "0"], ["-4e-18", "0"], ["1.5e-17", "0"]] as const,
  ...[["1e300", "1e-300"], ["1e4932", "1e4932"], ["1e4932", "-1e4932"], ["1.1e4932", "0"]] as const,
  ...[["1.2e4932", "0"], ["1e4933", "0"], ["1e99999999999999999999", "1"], [
    "0e9999999",
    "1",
  ]] as const,
  ...[["1e-4951", "0"], ["1e-4952", "0"], ["1e-999999999", "0"], ["-1e-5000", "0"]] as const,
  ...[["1.8e-4951", "0"], ["1.9e-4951", "0"], ["0x1p-16445", "0"], ["0x1p-16446", "0"]] as const,
  ...[["0x10", "1"], ["0X1.8p1", "0"], ["0x.8", "0"], ["0x", "0"], ["0x1p", "0"], [
    "0xg",
    "0",
  ]] as const,
  ...[["0x1p16383", "0x1p16383"], ["0x1p16384", "0"], ["0x1p999999999999", "0"]] as const,
  ...[["inf", "1"], ["1", "-inf"], ["inf", "-inf"], ["Infinity", "1"], ["nan", "1"]] as const,
  ...[["1", "nan(1)"], ["infi", "1"], ["", "1"], ["1", ""], [" 1", "1"], ["1 ", "1"]] as const,
  ...[["1", " 1"], ["1e", "1"], ["1e+", "1"], ["e1", "1"], [".", "1"], ["+", "1"], [
    "--1",
    "1",
  ]] as const,
  ...[["1,5", "1"], ["1_0", "1"], ["1\0", "1"], ["\xff", "1"], ["1d", "1"], ["1f", "1"]] as const,
  ...[["1".repeat(5_119), "1"], [`0.${"1".repeat(5_117)}`, "1"], [
    `0.${"1".repeat(5_118)}`,
    "1",
  ]] as const,
  ...[[`${"0".repeat(5_110)}7`, "1"], [`0.${"0".repeat(5_000)}7e5001`, "0"]] as const,
];

Deno.test({
  name: "INCRBYFLOAT is answered as Redis answers it, digit by digit",
  ignore: !HAS_REDIS || !IS_SAME_TYPE,
  async fn() {
    await using redis = new RedisProcess();
    await using world = new RespWorld();
    using theirs = await redis.connect();
    const ours = await world.client();
    const both = async (...words: string[]) => {
      const [our, their] = await Promise.all([ours.ask(...words), theirs.ask(...words)]);
      assertEquals(our, their, words.join(" "));
    };
    await both("INCRBYFLOAT", "k");
    await both("INCRBYFLOAT", "new", "1.50");
    const draw = drawing(1);
    const drawn = Array.from({ length: NUMBERS_DRAWN }, () => [draw(), draw()] as const);
    for (const [one, other] of [...SUMS, ...drawn]) {
      await both("SET", "k", one);
      await both("INCRBYFLOAT", "k", other);
      await both("GET", "k");
    }
    assertEquals(world.defects, []);
  },
});

/** Numbers of all sizes, and with few digits or many; the same ones each time. */
function drawing(seed: number): () => string {
  let state = seed;
  const below = (end: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * end);
  };
  const digits = (count: number) => Array.from({ length: count }, () => below(10)).join("");
  return () => {
    const sign = ["", "-", "+"][below(3)]!;
    const number = `${sign}${digits(1 + below(22))}.${digits(below(25))}`;
    const power = [0, below(40) - 20, below(9_800) - 4_900][below(3)]!;
    return power === 0 ? number : `${number}e${power}`;
  };
}
