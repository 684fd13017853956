/** The release of Redis whose commands, answers and errors these are, as far as there are any. */
export const COMPATIBLE_VERSION = "7.0.15";
