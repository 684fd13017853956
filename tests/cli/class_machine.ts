/** What one may take for a module with a state machine: the class, and not what makes one. */
export default class Machine {}
