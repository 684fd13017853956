/**
 * The rules of the house that a machine can check, as a plugin of `deno lint`; `deno.json` lists it
 * under `lint.plugins`.
 *
 * @module
 */
import { errorMessage } from "./lint/error_message.ts";
import { importDirection } from "./lint/import_direction.ts";
import { noModuleState } from "./lint/module_state.ts";
import { oneDoor } from "./lint/one_door.ts";

const plugin: Deno.lint.Plugin = {
  name: "troupe",
  rules: {
    "error-message": errorMessage,
    "import-direction": importDirection,
    "no-module-state": noModuleState,
    "one-door": oneDoor,
  },
};

export default plugin;
