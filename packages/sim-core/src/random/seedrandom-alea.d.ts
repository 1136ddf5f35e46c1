/** The one generator of seedrandom that is used; the package's own types cover its main entry only, which needs Node's crypto. */
declare module "seedrandom/lib/alea.js" {
  interface AleaState {
    readonly c: number;
    readonly s0: number;
    readonly s1: number;
    readonly s2: number;
  }
  interface Alea {
    (): number;
    /** 53 random bits in [0, 1). */
    double(): number;
    state(): AleaState;
  }
  function alea(seed: string, options: { readonly state: true | AleaState }): Alea;
  // biome-ignore lint/style/noDefaultExport: that is how the file exports it
  export default alea;
}
