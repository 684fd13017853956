import config from "../../deno.json" with { type: "json" };
import { ADMIN, CRASH } from "./admin_verbs.ts";
import { COMPLETION } from "./completion.ts";
import { CAS, DEL, GET, INCR, PUT } from "./data_verbs.ts";
import { EXIT } from "./exit.ts";
import { SADD, SMEMBERS, SREM } from "./gossip_verbs.ts";
import { HELP } from "./help.ts";
import { LOG } from "./log_verbs.ts";
import { OFFLINE } from "./offline_verbs.ts";
import { REPL } from "./repl.ts";
import { SCAN, SIZE } from "./scan_verbs.ts";
import { STATUS, WATCH_STATUS } from "./status_verbs.ts";
import type { Verb } from "./table.ts";

/** `kv version`. */
const VERSION: Verb = {
  name: "version",
  summary: "print the version",
  arguments: [],
  flags: [],
  async run(invocation) {
    const { version } = config;
    await invocation.answer({ version, deno: Deno.version.deno }, `kv ${version}`);
    return EXIT.OK;
  },
};

/** Every verb, in the order of help. */
export const VERBS: readonly Verb[] = [
  GET,
  PUT,
  DEL,
  CAS,
  INCR,
  SADD,
  SREM,
  SMEMBERS,
  SCAN,
  SIZE,
  LOG,
  OFFLINE,
  STATUS,
  WATCH_STATUS,
  ADMIN,
  CRASH,
  REPL,
  COMPLETION,
  HELP,
  VERSION,
];
