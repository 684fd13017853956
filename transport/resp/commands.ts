import { CLIENT_COMMAND } from "./client_commands.ts";
import { type Command, tableOf } from "./command.ts";
import { COMMAND_COMMAND } from "./command_commands.ts";
import { CONNECTION_COMMANDS } from "./connection_commands.ts";
import { COUNTER_COMMANDS } from "./counter_commands.ts";
import { KEY_COMMANDS } from "./key_commands.ts";
import { SERVER_COMMANDS } from "./server_commands.ts";
import { STRING_COMMANDS } from "./string_commands.ts";
import { TRANSACTION_COMMANDS } from "./transaction_commands.ts";

/** Every command there is, by its name. */
export const COMMANDS: ReadonlyMap<string, Command> = tableOf([
  ...STRING_COMMANDS,
  ...COUNTER_COMMANDS,
  ...KEY_COMMANDS,
  ...CONNECTION_COMMANDS,
  ...TRANSACTION_COMMANDS,
  CLIENT_COMMAND,
  COMMAND_COMMAND,
  ...SERVER_COMMANDS,
]);
