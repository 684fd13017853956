/**
 * Which of Redis' own tests are run, and why others are not.
 *
 * @module
 */

/** Tests that make no sense here, or not yet. */
export interface Skipped {
  /** Why. */
  readonly why: string;
  /** Their names, or `/` and a regular expression that fits them. */
  readonly tests: readonly string[];
}

/** A file of tests. */
export interface Unit {
  /** As Redis' `runtest` knows it. */
  readonly name: string;
  readonly skipped: readonly Skipped[];
}

/** Tags of tests that need what no server but Redis has: they are left out wherever they are. */
export const TAGS_LEFT_OUT: readonly string[] = [
  ...["needs:debug", "needs:repl", "needs:save", "needs:config-resetstat"],
];

const EXPIRY = "keys do not expire";
const TYPES = "every value is a string";
const TRANSACTIONS = "there are no transactions";
const PAIRS_OF_KEYS = "nothing is done to two keys at once";
const SETTINGS =
  "settings are those of the cluster's configuration; nothing is changed by a client";
const BITS = "there are no commands on bits";

/** What is run, in this order. */
export const UNITS: readonly Unit[] = [
  {
    name: "unit/type/string",
    skipped: [
      { why: "no value may be longer than 1 MiB", tests: ["Very big payload in GET/SET"] },
      {
        why: EXPIRY,
        tests: [
          "/^SETNX against (not-)?expired volatile key$",
          "/^GETEX (EX|PX|EXAT|PXAT|PERSIST) option$",
          "/^Extended SET (EX|PX|EXAT|PXAT) option$",
          "Extended SET using multiple options at once",
        ],
      },
      {
        why: TYPES,
        tests: [
          "MGET against non-string key",
          "SETRANGE against key with wrong type",
          "Extended SET GET with incorrect type should result in wrong type error",
        ],
      },
      { why: PAIRS_OF_KEYS, tests: ["MSET/MSETNX wrong number of args", "/^MSETNX "] },
      { why: BITS, tests: ["/^[SG]ETBIT "] },
      { why: "LCS, whose work is the product of two lengths, is not offered", tests: ["/^LCS "] },
    ],
  },
  {
    name: "unit/type/incr",
    skipped: [{ why: TYPES, tests: ["/fails against a key holding a list$"] }],
  },
  {
    name: "unit/keyspace",
    skipped: [
      { why: PAIRS_OF_KEYS, tests: ["/^RENAME", "/^COPY "] },
      { why: "no key is drawn at random", tests: ["/^RANDOMKEY"] },
    ],
  },
  {
    name: "unit/scan",
    skipped: [
      { why: TYPES, tests: ["/^[SHZ]SCAN ", "SCAN regression test for issue #4906"] },
    ],
  },
  {
    name: "unit/protocol",
    skipped: [
      {
        why: TYPES,
        tests: [
          "/^raw protocol response",
          "Regression for a crash with blocking ops and pipelining",
        ],
      },
      { why: TRANSACTIONS, tests: ["test argument rewriting - issue 9598"] },
    ],
  },
  { name: "unit/quit", skipped: [] },
  {
    name: "unit/introspection",
    skipped: [
      {
        why: "how full the buffers of a connection are is not told",
        tests: ["CLIENT LIST", "CLIENT INFO"],
      },
      { why: "there is no way to do without answers", tests: ["/^CLIENT REPLY "] },
      { why: "nobody is told what others send", tests: ["/^MONITOR "] },
      { why: SETTINGS, tests: ["/^CONFIG (sanity|SET)", "/^CONFIG GET "] },
    ],
  },
  {
    name: "unit/introspection-2",
    skipped: [
      {
        why: "when a key was last read is not remembered",
        tests: ["/last access time of a key$"],
      },
      { why: "what commands do to keys is not described", tests: ["COMMAND GETKEYSANDFLAGS"] },
      {
        why: "these commands are not there",
        tests: [
          "/^COMMAND GETKEYS (MEMORY|XGROUP|EVAL|LCS|MORE)",
          "/^COMMAND LIST FILTERBY (ACLCAT|PATTERN) - list all commands/subcommands$",
          "/command is marked with movablekeys$",
        ],
      },
    ],
  },
  {
    name: "unit/other",
    skipped: [
      {
        why: TYPES,
        tests: ["Check consistency of different data types after a reload"],
      },
      { why: "nothing has to be saved", tests: ["BGSAVE"] },
      { why: EXPIRY, tests: ["/^EXPIRES after "] },
      {
        why: "there is neither tracking, monitoring, publishing nor access control",
        tests: ["/^RESET clears "],
      },
    ],
  },
];
