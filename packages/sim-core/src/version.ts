/** Version of the simulator that a result carries: same scenario, seed and version, same bytes. */
export const VERSION = "0.1.0";
